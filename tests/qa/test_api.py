import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from qa import services
from qa.models import Answer, Question
from tests.accounts.factories import api_of
from tests.shops.factories import make_product, owner_of

from .factories import invitation_of, make_answer, make_buyer, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db

QUESTIONS = "/api/v1/questions"
KEY = {"HTTP_IDEMPOTENCY_KEY": "key-12345678"}


def snapshot() -> list:
    return [*Question.objects.order_by("pk").values(), *Answer.objects.order_by("pk").values()]


def test_the_whole_story_over_http(buyer, asks_back):
    shops = [make_tea_shop(f"茶店{n}", price_fen=price) for n, price in enumerate((48_000, 52_000, 90_000))]
    api = api_of(buyer)
    asked = api.post(QUESTIONS, {"text": "送爸爸的茶具，喝普洱", "city": "杭州"}, **KEY)
    assert asked.status_code == 201
    question = asked.json()
    assert (question["status"], question["city"]) == ("clarifying", "杭州")
    assert {"slot": "attribute:适合", "label": "适合", "value": "普洱", "origin": "said"} in question["facts"]
    assert question["fitting_products"] == 3
    path = f"{QUESTIONS}/{question['id']}"
    first = question["clarifications"][0]
    reply = api.post(f"{path}/clarifications/{first['position']}", {"value": first["options"][0]["value"]})
    assert reply.status_code == 200
    assert api.post(f"{path}/submit").json()["status"] == "dispatched"

    services.dispatch_question(Question.objects.get().pk)
    row = Question.objects.get()
    services.open_invitation(invitation=invitation_of(row, shops[1]), by=owner_of(shops[1]))
    make_answer(row, shops[0], promises=["包邮"])
    told = api.get(path).json()
    states = {entry["shop"]["name"]: entry["state"] for entry in told["asked"]}
    assert states == {"茶店0": "answered", "茶店1": "seen", "茶店2": "asked"}
    answer = told["answers"][0]
    assert answer["cards"][0]["price_fen"] == 48_000
    assert answer["cards"][0]["quote_id"]
    assert {condition["verdict"] for condition in answer["conditions"]} <= {"met", "missed", "unknown"}
    assert (told["status"], told["answer_count"], told["max_answers"]) == ("answered", 1, 5)

    adopted = api.post(f"/api/v1/answers/{answer['id']}/adopt")
    assert adopted.status_code == 200
    assert api.get(path).json()["conversation_id"] == adopted.json()["conversation_id"]
    assert api.get(QUESTIONS).json()["results"][0]["status"] == "adopted"


def test_an_answer_in_its_undo_is_still_being_written():
    shop = make_tea_shop()
    question = make_question()
    make_answer(question, shop, shown=False)
    told = api_of(question.buyer).get(f"{QUESTIONS}/{question.public_id}").json()
    assert (told["asked"][0]["state"], told["answers"]) == ("writing", [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": ""}, "question_unclear"),
        ({"text": "😀"}, "question_unclear"),
        ({"text": "茶" * 501}, "question_too_long"),
        ({"text": "茶" * 2000}, "question_too_long"),
        ({}, "invalid"),
        ({"text": ["茶"]}, "invalid"),
        ({"text": None}, "invalid"),
        ({"text": "茶具", "city": "长" * 31}, "invalid"),
        ([], "invalid"),
    ],
)
def test_bad_questions_are_refused_with_a_code(body, code):
    reply = api_of(make_buyer()).post(QUESTIONS, body, **KEY)
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert not Question.objects.exists()


def test_asking_needs_a_key_and_replays_it(buyer):
    api = api_of(buyer)
    assert api.post(QUESTIONS, {"text": "想买茶具"}).json()["code"] == "idempotency_key_missing"
    first = api.post(QUESTIONS, {"text": "想买茶具"}, **KEY)
    again = api.post(QUESTIONS, {"text": "想买茶具"}, **KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert api.post(QUESTIONS, {"text": "想买别的"}, **KEY).status_code == 422
    assert Question.objects.count() == 1


def test_risky_words_come_back_rejected(buyer):
    reply = api_of(buyer).post(QUESTIONS, {"text": "茶具 违禁测试"}, **KEY)
    assert (reply.status_code, reply.json()["status"]) == (201, "rejected")


def test_foreign_questions_and_answers_are_not_found_and_do_not_move(asks_back):
    shop = make_tea_shop()
    make_tea_shop(price_fen=9_900)
    mine, open_one = make_question(), make_question(dispatched=False)
    answer = make_answer(mine, shop)
    stranger = api_of(make_buyer("路人"))
    before = snapshot()
    path = f"{QUESTIONS}/{open_one.public_id}"
    calls = [
        stranger.get(f"{QUESTIONS}/{mine.public_id}"),
        stranger.post(f"{path}/clarifications/1", {"skip": True}),
        stranger.post(f"{path}/submit"),
        stranger.post(f"{path}/close"),
        stranger.post(f"/api/v1/answers/{answer.public_id}/adopt"),
    ]
    assert [reply.status_code for reply in calls] == [404] * 5
    assert stranger.get(QUESTIONS).json()["results"] == []
    assert snapshot() == before


def test_hidden_answers_cannot_be_adopted():
    shop = make_tea_shop()
    question = make_question()
    answer = make_answer(question, shop, shown=False)
    assert api_of(question.buyer).post(f"/api/v1/answers/{answer.public_id}/adopt").status_code == 404


def test_out_of_order_calls_are_conflicts_and_do_not_move():
    shop = make_tea_shop()
    question = make_question()
    api = api_of(question.buyer)
    answer = make_answer(question, shop)
    path = f"{QUESTIONS}/{question.public_id}"
    assert api.post(f"{path}/close").status_code == 200
    before = snapshot()
    assert api.post(f"{path}/close").status_code == 200
    assert api.post(f"{path}/submit").json()["code"] == "question_not_open"
    assert api.post(f"/api/v1/answers/{answer.public_id}/adopt").json()["code"] == "answer_not_open"
    assert snapshot() == before


@pytest.mark.parametrize(
    "body", [{}, {"value": "", "skip": True}, {"value": "x"}, {"value": 5000 * "x"}, {"skip": "maybe"}]
)
def test_bad_taps_are_refused_and_do_not_move(body, asks_back):
    make_tea_shop(), make_tea_shop(price_fen=9_900)
    question = make_question(dispatched=False, text="想买茶具")
    before = snapshot()
    reply = api_of(question.buyer).post(f"{QUESTIONS}/{question.public_id}/clarifications/1", body)
    assert reply.status_code == 400
    assert snapshot() == before


def test_nobody_is_let_in_without_a_token(client):
    for path in (QUESTIONS, f"{QUESTIONS}/x", f"{QUESTIONS}/x/submit", "/api/v1/answers/x/adopt"):
        assert client.post(path).status_code in (401, 405)


def test_no_answer_brings_products_that_fit(settings):
    settings.QA_WAVES = [(5, 90)]
    shop = make_tea_shop()
    question = make_question()
    services.pass_on(invitation=invitation_of(question, shop), by=owner_of(shop))
    told = api_of(question.buyer).get(f"{QUESTIONS}/{question.public_id}").json()
    assert told["no_answer_at"] is not None
    assert [product["title"] for product in told["suggestions"]] == ["紫砂壶茶具礼盒"]


def test_usual_time_is_the_median_of_what_happened():
    shop = make_tea_shop()
    assert api_of(make_buyer()).get(QUESTIONS).status_code == 200
    from datetime import timedelta

    for minutes in (2, 6, 30):
        question = make_question()
        make_answer(question, shop)
        row = Question.objects.get(pk=question.pk)
        Question.objects.filter(pk=row.pk).update(dispatched_at=row.first_answer_at - timedelta(minutes=minutes))
    told = api_of(row.buyer).get(f"{QUESTIONS}/{row.public_id}").json()
    assert told["usual_first_answer_seconds"] == 360


def queries_of(api, path: str) -> int:
    api.get(path)  # The usual time is cached for a minute.
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert api.get(path).status_code == 200
    return len(queries)


def test_reading_costs_the_same_with_one_answer_and_with_three():
    shops = [make_tea_shop(price_fen=40_000 + 1_000 * n) for n in range(4)]
    for shop in shops:
        make_product(shop, title="茶杯", category=make_tea_category())
    question = make_question()
    api, path = api_of(question.buyer), f"{QUESTIONS}/{question.public_id}"
    make_answer(question, shops[0])
    one = queries_of(api, path)
    for shop in shops[1:3]:
        make_answer(question, shop)
    assert queries_of(api, path) == one
    list_of_one = queries_of(api, QUESTIONS)
    make_question(buyer=User.objects.get(pk=question.buyer_id))
    make_question(buyer=User.objects.get(pk=question.buyer_id))
    assert queries_of(api, QUESTIONS) == list_of_one
