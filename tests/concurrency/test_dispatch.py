"""Two at once: dispatchers, answers, deadlines and adoption of one question."""

import threading

import pytest
from django.db import connections
from django.utils import timezone

from core.errors import DomainError
from orders.models import Quote
from qa import services
from qa.models import Answer, Invitation, Question, Verdict, Wave
from tests.qa.factories import invitation_of, make_answer, make_buyer, make_question, make_tea_shop
from tests.shops.factories import only_sku, owner_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls) -> list:
    """Run the calls in threads that start together; returns what each returned or raised."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            barrier.wait(10)
            results[place] = call()
        except DomainError as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_dispatchers_at_once_never_exceed_a_wave(settings):
    settings.QA_WAVES = [(2, 90), (3, 180)]
    for n in range(6):
        make_tea_shop(price_fen=50_000 + 1_000 * n)
    for _ in range(3):
        question = make_question(buyer=make_buyer(), wave=False)
        at_once(*[lambda pk=question.pk: services.dispatch_question(pk)] * 6)
        assert list(question.waves.values_list("number", "size")) == [(1, 2)]
        assert question.invitations.count() == 2


def test_without_the_locks_a_wave_is_attempted_by_each_and_the_key_stops_them(settings, monkeypatch):
    """The race is real: with tickets and questions unlocked, several dispatchers reach the insert."""
    from django.db.models import QuerySet

    from qa.services.dispatching import batches, waves

    settings.QA_WAVES = [(2, 90)]
    for n in range(4):
        make_tea_shop(price_fen=50_000 + 1_000 * n)
    meet = threading.Barrier(3, timeout=10)
    reached, refused = [], []
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows)
    open_waves = waves.open_waves

    def together(askings, now):
        reached.append(len(askings))
        meet.wait()
        return open_waves(askings, now)

    monkeypatch.setattr(waves, "open_waves", together)
    monkeypatch.setattr(batches, "_alone", lambda ticket: refused.append(ticket.pk) or 1)
    question = make_question(wave=False)
    at_once(*[lambda: services.dispatch_question(question.pk)] * 3)
    assert reached == [1, 1, 1]
    assert len(refused) <= 2  # Their tickets were done already where they looked again.
    assert question.waves.count() == 1
    assert question.invitations.count() == 2


def test_two_batches_never_ask_more_of_a_shop_than_it_takes(settings):
    settings.QA_WAVES, settings.QA_SHOP_MAX_OPEN = [(1, 90)], 3
    popular = make_tea_shop()
    asked = [make_question(buyer=make_buyer(), wave=False) for _ in range(8)]
    at_once(*[lambda pk=question.pk: services.dispatch_question(pk) for question in asked])
    assert popular.invitations.count() == 3


def test_without_the_lock_of_the_standing_a_shop_is_asked_too_much(settings, monkeypatch):
    """The guard is needed: read without it, each dispatcher sees room that another is taking."""
    from qa.services.dispatching import waves

    settings.QA_WAVES, settings.QA_SHOP_MAX_OPEN = [(1, 90)], 1
    popular = make_tea_shop()
    meet = threading.Barrier(3, timeout=10)

    def unlocked(shop_ids, now):
        seen = waves.capacities(shop_ids, now)
        meet.wait()
        return seen

    asked = [make_question(buyer=make_buyer(), wave=False) for _ in range(3)]
    monkeypatch.setattr(waves, "locked_capacities", unlocked)
    at_once(*[lambda pk=question.pk: services.dispatch_question(pk) for question in asked])
    assert popular.invitations.count() == 3


def test_asking_twice_at_once_with_one_key_is_one_question():
    make_tea_shop()
    buyer = make_buyer()

    def ask():
        return services.ask(buyer=buyer, text="想买茶具", idempotency_key="key-12345678").pk

    assert len(set(at_once(*[ask] * 6))) == 1
    assert Question.objects.count() == 1


def test_the_last_place_is_given_once(settings):
    settings.QA_MAX_ANSWERS, settings.QA_ENOUGH = 1, 0
    shops = [make_tea_shop(price_fen=50_000 + 1_000 * n) for n in range(4)]
    question = make_question()

    def answering(shop):
        invitation, by = invitation_of(question, shop), owner_of(shop)
        return lambda: services.answer(invitation=invitation, by=by, text="我家合适")

    results = at_once(*map(answering, shops))
    assert sum(isinstance(result, Answer) for result in results) == 1
    assert Answer.objects.count() == 1
    kept = Invitation.objects.exclude(answer__isnull=False).values_list("draft", flat=True)
    assert [draft["text"] for draft in kept] == ["我家合适"] * 3


def test_answer_against_the_deadline_ends_in_exactly_one_of_the_two(settings):
    settings.QA_WAVES = [(9, 90)]
    for _ in range(5):
        shop = make_tea_shop()
        question = make_question(buyer=make_buyer())
        invitation, by = invitation_of(question, shop), owner_of(shop)
        sku = only_sku(shop.products.get())
        Invitation.objects.filter(question=question).exclude(pk=invitation.pk).delete()

        def close(invitation=invitation):
            Invitation.objects.filter(pk=invitation.pk).update(deadline_at=timezone.now())
            Wave.objects.filter(pk=invitation.wave_id).update(deadline_at=timezone.now())
            services.close_wave(invitation.wave_id)

        def answer(invitation=invitation, by=by, sku=sku):
            return services.answer(invitation=invitation, by=by, text="来得及", cards=[services.Card(sku)])

        at_once(answer, close)
        invitation.refresh_from_db()
        answered = Answer.objects.filter(invitation=invitation).exists()
        assert invitation.status == ("answered" if answered else "lapsed")
        assert Quote.objects.filter(shop=shop).count() == int(answered)
        question.refresh_from_db()
        assert (question.no_answer_at is None) == answered


def test_adoption_against_answers_and_closing_leaves_one_end(settings):
    settings.QA_WAVES = [(9, 600)]
    shops = [make_tea_shop(price_fen=50_000 + 1_000 * n) for n in range(3)]
    for _ in range(4):
        question = make_question(buyer=make_buyer())
        first, second = make_answer(question, shops[0]), make_answer(question, shops[1])
        third = make_answer(question, shops[2], shown=False)
        buyer, wave = question.buyer, question.waves.get()
        at_once(
            lambda a=first, b=buyer: services.adopt(answer=a, by=b),
            lambda a=second, b=buyer: services.adopt(answer=a, by=b),
            lambda a=third: services.conclude_answer(answer=a, verdict=Verdict.PASSED),
            lambda q=question: services.dispatch_question(q.pk),
            lambda w=wave: services.close_wave(w.pk),
        )
        question.refresh_from_db()
        assert question.status == Question.Status.ADOPTED
        assert question.answers.filter(status="adopted").count() == 1
        assert not question.invitations.open().exists()
        assert question.waves.count() == 1


def test_passing_together_opens_the_next_wave_once(settings):
    settings.QA_WAVES = [(3, 90), (3, 180)]
    shops = [make_tea_shop(price_fen=50_000 + 1_000 * n) for n in range(5)]
    question = make_question()
    first = list(question.invitations.select_related("shop"))
    at_once(*[lambda i=i: services.pass_on(invitation=i, by=owner_of(i.shop)) for i in first])
    at_once(*[lambda: services.dispatch_question(question.pk)] * 3)
    assert list(question.waves.values_list("number", "size")) == [(1, 3), (2, len(shops) - 3)]
