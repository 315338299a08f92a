"""Ops' board: figures counted by hand, who may see it, and what it says where nothing has happened."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.models import AuditEntry
from qa.models import Answer, Invitation, Question, ShopStanding, Wave
from qa.selectors import board
from shops.models import Shop
from tests.orders.factories import make_order
from tests.qa.factories import make_buyer, make_tea_category, make_tea_shop
from tests.shops.factories import make_category, owner_of

pytestmark = pytest.mark.django_db

# In Shanghai, where the site lives: late enough that "today" has hours before it.
NOW = timezone.make_aware(datetime(2026, 11, 25, 12, 0))  # noqa: DTZ001


@pytest.fixture(autouse=True)
def forgotten():
    """What an earlier test's board showed."""
    cache.clear()


def ask(at: datetime = NOW - timedelta(hours=2), *, category=None, **fields) -> Question:
    fields = {"status": "dispatched", "verdict": "pass", "dispatched_at": at + timedelta(minutes=1), **fields}
    row = Question.objects.create(
        buyer=fields.pop("buyer", None) or make_buyer(),
        text=fields.pop("text", "送爸爸的茶具"),
        category=category,
        expires_at=at + timedelta(days=1),
        idempotency_key=f"board-{at.timestamp()}",
        **fields,
    )
    Question.objects.filter(pk=row.pk).update(created_at=at)
    row.created_at = at
    return row


def invite(
    question: Question, shop: Shop, number: int = 1, *, status: str = "lapsed", minutes: float = 5
) -> Invitation:
    at = question.created_at + timedelta(minutes=1)
    wave = Wave.objects.filter(question=question, number=number).first() or Wave.objects.create(
        question=question, number=number, size=5, opened_at=at, deadline_at=at + timedelta(minutes=15)
    )
    row = Invitation.objects.create(
        question=question,
        wave=wave,
        shop=shop,
        status=status,
        deadline_at=at + timedelta(minutes=15),
        finished_at=None if status in Invitation.OPEN else at + timedelta(minutes=minutes),
    )
    Invitation.objects.filter(pk=row.pk).update(created_at=at)
    return row


def answer(invitation: Invitation, *, status: str = "visible") -> Answer:
    question, at = invitation.question, invitation.finished_at
    row = Answer.objects.create(
        question=question,
        invitation=invitation,
        shop=invitation.shop,
        staff=owner_of(invitation.shop),
        text="这款好洗",
        status=status,
        visible_at=at,
    )
    Question.objects.filter(pk=question.pk).update(
        status="adopted" if status == "adopted" else "answered",
        answer_count=question.answers.count(),
        first_answer_at=question.first_answer_at or at,
    )
    return row


@pytest.fixture
def day():
    """Eight questions of the day: one not allowed, one still in clarifying, six sent off; and one of last week."""
    tea, other = make_tea_category(), make_category("糕点")
    shops = [make_tea_shop(f"店{n}") for n in range(4)]
    ask(status="rejected", verdict="risky", dispatched_at=None)
    ask(status="clarifying", dispatched_at=None)
    nobody_there = ask(category=other, pooled_at=NOW, no_answer_at=NOW, text="找一盒绿豆糕")
    bare = ask(category=tea, status="expired", pooled_at=NOW)
    for shop in shops[:2]:
        invite(bare, shop)
    running = ask(category=tea)
    invite(running, shops[0], status="asked")
    first = ask(category=tea, at=NOW - timedelta(hours=3))
    answer(invite(first, shops[0], status="answered", minutes=2))
    invite(first, shops[1], status="passed")
    second = ask(category=tea)
    answer(invite(second, shops[0], status="answered", minutes=6), status="adopted")
    invite(second, shops[2], status="withdrawn")
    third = ask(category=tea)
    bought = answer(invite(third, shops[1], 2, status="answered", minutes=10), status="adopted")
    order = make_order(buyer=third.buyer, product=bought.shop.products.first())
    type(order).objects.filter(pk=order.pk).update(
        created_at=bought.visible_at + timedelta(hours=1), paid_at=bought.visible_at + timedelta(hours=1), status="paid"
    )
    ask(category=tea, at=NOW - timedelta(days=6))
    return {"tea": tea, "other": other, "shops": shops, "unanswered": [nobody_there, bare]}


def test_funnel_counts_what_came_how_far(day):
    steps = board.funnel(board.scope_of(1, now=NOW))
    assert {step.name: step.count for step in steps} == {
        "asked": 8, "passed": 7, "dispatched": 6, "invited": 5, "answered": 3, "adopted": 2, "paid": 1,
    }  # fmt: skip
    assert [step.lost for step in steps] == [0, 1, 1, 1, 2, 1, 1]
    assert steps[4].share == 3 / 8 and steps[4].of_last == 3 / 5


def test_funnel_of_seven_days_and_of_a_category(day):
    assert board.funnel(board.scope_of(7, now=NOW))[0].count == 9
    assert board.funnel(board.scope_of(1, day["other"].pk, now=NOW))[0].count == 1


def test_a_top_category_takes_in_what_is_below_it(day):
    top = make_category("茶与茶具")
    day["tea"].parent = top
    day["tea"].save()
    assert board.funnel(board.scope_of(1, top.pk, now=NOW))[0].count == 5


def test_an_order_elsewhere_or_unpaid_is_not_what_came_of_an_answer(day):
    from orders.models import Order

    Order.objects.update(paid_at=None)
    assert board.funnel(board.scope_of(1, now=NOW))[-1].count == 0


def test_waves_count_invitations_and_the_time_to_answer(day):
    rows = {row.number: row for row in board.waves(board.scope_of(1, now=NOW))}
    one, two = rows[1], rows[2]
    assert (one.invitations, one.answered, one.passed, one.lapsed, one.freed, one.open) == (7, 2, 1, 2, 1, 1)
    # Of 2 and 6 minutes.
    assert one.seconds == 240 and one.share == 2 / 7
    assert (two.invitations, two.answered, two.seconds) == (1, 1, 600)


def test_answers_prepared_are_no_invitations_and_late_waves_stand_together(day):
    question = day["unanswered"][1]
    for number, shop in zip((Wave.AUTOMATIC, 4, 5, Wave.POOL), [make_tea_shop() for _ in range(4)], strict=True):
        invite(question, shop, number)
    numbers = {row.number: row.invitations for row in board.waves(board.scope_of(1, now=NOW))}
    assert numbers == {1: 7, 2: 1, board.AGAIN: 2, Wave.POOL: 1}


def test_time_to_the_first_answer(day):
    found = board.first_answers(board.scope_of(1, now=NOW))
    # Sent off a minute after asking, asked of the shop at that moment: 2, 6 and 10 minutes.
    assert found.answered == 3 and found.median_all == 360 and found.p90_all == pytest.approx(552)
    hours = {
        moment.hour: (n, median) for moment, n, median in zip(found.moments, found.counts, found.median, strict=True)
    }
    assert len(hours) == 12 and hours[9] == (1, 120) and hours[10] == (2, 480) and hours[8] == (0, None)
    days = board.first_answers(board.scope_of(7, now=NOW))
    assert days.counts == [0, 0, 0, 0, 0, 0, 3]


def test_where_nobody_answers(day):
    rows = board.gaps(board.scope_of(1, now=NOW))
    assert [(row.name, row.unanswered, row.dispatched, row.shops) for row in rows] == [
        ("茶具", 1, 5, 4),
        ("糕点", 1, 1, 0),
    ] or [(row.name, row.unanswered, row.dispatched, row.shops) for row in rows] == [
        ("糕点", 1, 1, 0),
        ("茶具", 1, 5, 4),
    ]
    listed = {row["public_id"] for row in board.unanswered_rows(board.scope_of(1, now=NOW))}
    assert listed == {row.public_id for row in day["unanswered"]}


def test_the_pool_now(day):
    soon = timezone.now() + timedelta(minutes=30)
    Question.objects.filter(pk=day["unanswered"][0].pk).update(expires_at=soon)
    running = ask(at=timezone.now(), category=day["tea"])
    Wave.objects.create(question=running, number=1, size=5, opened_at=soon, deadline_at=soon)
    # Live, with all its answers: it is in no wave any more.
    ask(at=timezone.now(), status="answered", answer_count=5)
    found = board.pool_now()
    assert (found.waiting, found.unanswered, found.ending, found.in_waves) == (1, 1, 1, 1)
    assert [row["text"] for row in found.rows] == ["找一盒绿豆糕"] and found.oldest == NOW


def test_fairness_of_known_counts(day):
    found = board.fairness(board.scope_of(1, now=NOW))
    # Asked 4, 3, 1, 0; answered 2, 1, 0, 0.
    assert (found.shops, found.invitations, found.answers) == (4, 8, 3)
    assert found.gini_asked == pytest.approx((2 * (0 * 1 + 1 * 2 + 3 * 3 + 4 * 4)) / (4 * 8) - 5 / 4)
    assert found.gini_asked == pytest.approx(0.4375) and found.gini_answers == pytest.approx(0.5833, abs=1e-4)
    assert found.never_share == 0.25
    assert found.curve_asked[0] == 0 and found.curve_asked[10] == 0.125 and found.curve_asked[-1] == 1


def test_newcomers_are_known_by_what_was_before(day, newcomers):
    shops = day["shops"]
    # The first had 16 invitations before today's 4, the second 4 before today's 3.
    ShopStanding.objects.create(shop=shops[0], asked=20)
    ShopStanding.objects.create(shop=shops[1], asked=7)
    ShopStanding.objects.create(shop=shops[2], asked=1)
    found = board.fairness(board.scope_of(1, now=NOW))
    assert found.newcomers == 3
    assert found.newcomer_asked == 4 / 8 and found.newcomer_answers == 1 / 3


def test_a_closed_shop_is_not_counted(day):
    Shop.objects.filter(pk=day["shops"][0].pk).update(is_open=False)
    found = board.fairness(board.scope_of(1, now=NOW))
    assert (found.shops, found.invitations) == (3, 4)


@pytest.mark.parametrize(
    ("counts", "among", "expected"), [([3, 3, 3], 3, 0.0), ([9], 10, 0.9), ([], 4, None), ([0, 0], 2, None)]
)
def test_gini(counts, among, expected):
    assert board.gini(counts, among) == (None if expected is None else pytest.approx(expected))


def test_an_empty_platform_has_figures_too():
    for days in board.DAYS:
        found = board.board(days)
        assert [step.count for step in found.funnel] == [0] * 7
        assert found.fairness.gini_asked is None and found.first_answers.median_all is None and not found.gaps


def test_the_board_takes_the_same_statements_for_one_question_and_for_many(day):
    def statements() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            board.board(7)
        return len(queries)

    few = statements()
    for n in range(5):
        question = ask(
            at=timezone.now() - timedelta(hours=n), category=make_category(f"类{n}"), pooled_at=timezone.now()
        )
        invite(question, make_tea_shop())
    assert statements() == few <= 13


# The page


def who(*permissions: str, superuser: bool = False) -> Client:
    user = User.objects.create_user(username="desk", is_staff=True, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


@pytest.fixture
def today(day):
    """The same day, moved to now."""
    moved = timezone.now() - NOW
    for model, names in (
        (Question, ("created_at", "dispatched_at", "pooled_at", "expires_at")),
        (Invitation, ("created_at",)),
    ):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(
                **{name: getattr(row, name) + moved for name in names if getattr(row, name)}
            )
    return day


def test_page_says_what_happened_and_links_to_the_lists(today):
    client = who("view_question")
    page = client.get(reverse("admin:qa_board"), {"days": 7})
    text = page.content.decode()
    assert page.status_code == 200 and "派单看板" in text and "找一盒绿豆糕" in text
    link = f"category__id__exact={today['other'].pk}"
    assert link in text
    href = text[: text.index(link)].rpartition('href="')[2] + link
    listed = client.get(href.replace("&amp;", "&"))
    assert [row.text for row in listed.context["cl"].result_list] == ["找一盒绿豆糕"]
    pool = client.get(reverse("admin:qa_question_changelist"), {"where": "pool"})
    assert [row.text for row in pool.context["cl"].result_list] == ["找一盒绿豆糕"]


def test_part_answers_nothing_while_nothing_moves(today):
    client = who("view_question")
    text = client.get(reverse("admin:qa_board")).content.decode()
    url = text.partition('id="board" hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert client.get(url).status_code == 204
    ask(at=timezone.now(), category=today["tea"])
    cache.clear()
    moved = client.get(url)
    assert moved.status_code == 200 and 'id="board"' in moved.content.decode() and "<html" not in moved.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_empty_board_says_so(language):
    client = who("view_question")
    client.cookies["django_language"] = language
    text = client.get(reverse("admin:qa_board")).content.decode()
    assert ("这段时间没有人提问" if language == "zh-hans" else "Nobody has asked in this time") in text


@pytest.mark.parametrize(
    "query", ["days=2", "days=x", "days=1&category=999999", "category=-1", "category=１２", "category=9" + "9" * 30]
)
@pytest.mark.parametrize("name", ["admin:qa_board", "admin:qa_board_csv"])
def test_bad_input_is_not_found(name, query):
    before = AuditEntry.objects.count()
    assert who("view_question").get(f"{reverse(name)}?{query}").status_code == 404
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("name", ["admin:qa_board", "admin:qa_board_csv"])
def test_only_who_may_look_at_questions(name):
    assert who("view_order").get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


def test_navigation_names_the_board_to_who_may_see_it():
    assert reverse("admin:qa_board") in who("view_question").get(reverse("admin:index")).content.decode()


def test_navigation_hides_the_board_from_others():
    assert reverse("admin:qa_board") not in who("view_order").get(reverse("admin:index")).content.decode()


def test_csv_lists_the_unanswered_without_who_asked(today):
    question = ask(at=timezone.now(), text='=HYPERLINK("http://x")', pooled_at=timezone.now())
    client = who("view_question")
    reply = client.get(reverse("admin:qa_board_csv"), {"days": 7})
    text = b"".join(reply.streaming_content).decode()
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 1 + 3
    # A spreadsheet takes nothing for a formula.
    assert rows[1][2] == '\'=HYPERLINK("http://x")' and question.public_id in rows[1][7]
    assert [row[1] for row in rows[1:]].count("糕点") == 1
    assert {row[6] for row in rows[1:]} == {"0", "2"}
    assert not any(buyer.nickname in text for buyer in User.objects.filter(questions__isnull=False))
    assert AuditEntry.objects.get(action="qa.unanswered_exported").data == {"days": 7, "category": None}
