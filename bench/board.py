"""Ops' board: one reading of a day, a week and a month, and how it grows with the questions.

Made-up questions over sixty days, each with eight invitations and two answers, among --shops shops. A reading counts
without the few seconds for which it is kept. `growth` is a reading of thirty days with all questions against one
with a tenth of them.
"""

import time
from datetime import timedelta

from . import _catalogue
from .measure import percentile

FIGURES = ("today_ms", "week_ms", "month_ms", "statements", "growth")
DAYS, INVITATIONS, ANSWERS, CATEGORIES = 60, 8, 2, 40
READINGS = 7


def add_arguments(parser):
    parser.add_argument("--questions", type=int, default=60_000, help="in sixty days")
    parser.add_argument("--shops", type=int, default=20_000)
    parser.add_argument("--products", type=int, default=100_000)


def run(options, report) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    report.progress(f"Making {options.shops} shops and {options.products} products")
    categories = [make_category(n) for n in range(CATEGORIES)]
    shops = _catalogue.make_shops(options.shops)
    _catalogue.make_products(options.products, shops=shops, titles=_catalogue.demo_titles(), categories=categories)
    few = options.questions // 10
    make_questions(few, shops, categories)
    month_of_few = reading_ms(30)
    report.progress(f"Making {options.questions} questions")
    make_questions(options.questions - few, shops, categories)
    found = {days: reading_ms(days) for days in (1, 7, 30)}
    with CaptureQueriesContext(connection) as queries:
        read(30)
    growth = found[30] / month_of_few
    for days, name in ((1, "today"), (7, "7 days"), (30, "30 days")):
        report.row(f"one reading of {name}, median", f"{found[days]:.0f} ms")
    report.row("statements", len(queries))
    report.row("ten times the questions take", f"{growth:.1f} times")
    slowest = max(queries.captured_queries, key=lambda query: float(query["time"]))
    report.note(f"Slowest statement of 30 days: {float(slowest['time']) * 1000:.0f} ms: {slowest['sql'][:160]}")
    report.note(f"{options.questions} questions, {options.questions * INVITATIONS} invitations, {options.shops} shops.")
    return {
        "today_ms": round(found[1], 1),
        "week_ms": round(found[7], 1),
        "month_ms": round(found[30], 1),
        "statements": len(queries),
        "growth": round(growth, 2),
    }


def read(days: int) -> None:
    from django.core.cache import cache

    from qa.selectors.board import board

    cache.clear()
    board(days)


def reading_ms(days: int) -> float:
    read(days)
    times = []
    for _ in range(READINGS):
        began = time.perf_counter()
        read(days)
        times.append(1000 * (time.perf_counter() - began))
    return percentile(times, 0.5)


def make_category(number: int) -> int:
    from shops.models import Category

    return Category.objects.create(name=f"类目{number}").pk


def make_questions(count: int, shops: range, categories: list[int]) -> None:
    """Questions spread over DAYS, multiplied inside PostgreSQL: some bare, some in the pool, a sixth adopted."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from qa.models import Answer, Invitation, Question, Wave

    buyer, _made = User.objects.get_or_create(username="bench-buyer")
    now = timezone.now()
    question = Question.objects.create(
        buyer=buyer, text="想买一把紫砂壶", expires_at=now + timedelta(days=1), verdict="pass",
        idempotency_key=f"bench-{now.timestamp()}",
    )  # fmt: skip
    wave = Wave.objects.create(question=question, number=1, size=5, opened_at=now, deadline_at=now)
    asked = f"now() - (g % {count}) * interval '{DAYS} days' / {count}"
    is_bare = "(g % 9 = 0)"
    questions = _catalogue._multiply(
        question, count, created_at=asked, dispatched_at=f"{asked} + interval '30 seconds'", city="'杭州'",
        idempotency_key="md5(g::text || random()::text)", category_id=_catalogue._pick(categories, "g::bigint * 48271"),
        first_answer_at=f"CASE WHEN {is_bare} THEN NULL ELSE {asked} + (60 + g * 37 % 3000) * interval '1 second' END",
        answer_count=f"CASE WHEN {is_bare} THEN 0 ELSE {ANSWERS} END",
        status=f"CASE WHEN {is_bare} THEN 'expired' WHEN g % 6 = 0 THEN 'adopted' ELSE 'answered' END",
        pooled_at=f"CASE WHEN {is_bare} OR g % 50 = 0 THEN {asked} + interval '15 minutes' END",
    )  # fmt: skip
    of_question = "p.created_at + interval '31 seconds'"
    waves = _catalogue._multiply(
        wave, count * 2, source=f"JOIN qa_question p ON p.id = {questions.start} + g / 2",
        question_id="p.id", number="g % 2 + 1", opened_at=of_question, deadline_at=of_question,
    )  # fmt: skip
    invitation = Invitation.objects.create(question=question, wave=wave, shop_id=shops[0], deadline_at=now)
    # Some shops are asked far more often than others; each of a question's is of another eighth of them.
    eighth = len(shops) // INVITATIONS
    shop = f"{shops.start} + g % {INVITATIONS} * {eighth} + (pow(g::bigint * 48271 % 99991 / 99991.0, 3) * {eighth})::bigint % {eighth}"
    invitations = _catalogue._multiply(
        invitation, count * INVITATIONS, source=f"JOIN qa_question p ON p.id = {questions.start} + g / {INVITATIONS}",
        question_id="p.id", wave_id=f"{waves.start} + (g / {INVITATIONS}) * 2 + g % 2",
        shop_id=shop,
        created_at=of_question, finished_at=f"{of_question} + (g * 61 % 900) * interval '1 second'",
        status=f"CASE WHEN p.answer_count > 0 AND g % {INVITATIONS} < {ANSWERS} THEN 'answered' "
        "WHEN g % 5 = 0 THEN 'passed' ELSE 'lapsed' END",
    )  # fmt: skip
    answer = Answer.objects.create(
        question=question, invitation=invitation, shop_id=shops[0], staff=buyer, text="有现货"
    )
    _catalogue._multiply(
        answer, count * ANSWERS,
        source=f"JOIN qa_invitation p ON p.id = {invitations.start} + g / {ANSWERS} * {INVITATIONS} + g % {ANSWERS}",
        question_id="p.question_id", invitation_id="p.id", shop_id="p.shop_id", visible_at="p.finished_at",
        status=f"CASE WHEN g % {6 * ANSWERS} = 0 THEN 'adopted' ELSE 'visible' END",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
