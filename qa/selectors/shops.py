"""The shop's side: its inbox of questions, the next one, and how it is doing."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Least, TruncDate
from django.utils import timezone

from core.templatetags.wx import NOW_SECONDS, SOON_SECONDS, seconds_left
from merchants.models import Membership
from orders.models import Order
from orders.selectors import SOLD
from shops.models import Product, Shop

from ..models import Answer, Consideration, Invitation
from ..need import Need, budget_text, fact_pairs

MANY_FITTING = 3
RICH_FEN = 30_000


class Tab:
    WAITING, ANSWERED, ADOPTED, MISSED = "waiting", "answered", "adopted", "missed"
    ALL = (WAITING, ANSWERED, ADOPTED, MISSED)


@dataclass
class InboxRow:
    """An invitation as inbox, queue and home show it."""

    invitation: Invitation
    left: int
    window: int
    facts: list[tuple[str, str]]
    short: str
    taken: int
    bought: int
    fits: int
    places: int
    writing: int

    question = property(lambda self: self.invitation.question)
    soon = property(lambda self: self.left <= SOON_SECONDS)
    now = property(lambda self: self.left <= NOW_SECONDS)
    buyer = property(lambda self: self.question.buyer)
    is_first = property(lambda self: self.taken == 0)
    # Others hold every place that is left while they write.
    is_held = property(lambda self: 0 < self.places_left <= self.writing)
    places_left = property(lambda self: max(0, self.places - self.taken))


def tab(shop: Shop, name: str) -> QuerySet[Invitation]:
    """The shop's invitations under one tab; what is waiting by the time left, the rest newest first."""
    mine = Invitation.objects.of_shop(shop)
    if name == Tab.WAITING:
        return mine.waiting().order_by("deadline_at", "pk")
    adopted = Q(answer__status=Answer.Status.ADOPTED)
    answered = Q(status=Invitation.Status.ANSWERED)
    conditions = {
        Tab.ANSWERED: answered & ~adopted,
        Tab.ADOPTED: answered & adopted,
        # A deadline that has passed counts before the sweep has seen it.
        Tab.MISSED: Q(status__in=[Invitation.Status.LAPSED, Invitation.Status.WITHDRAWN, Invitation.Status.PASSED])
        | Q(status__in=Invitation.OPEN, deadline_at__lte=timezone.now()),
    }
    return mine.filter(conditions[name]).order_by("-pk")


def inbox(shop: Shop, name: str, *, query: str = "", chips: frozenset[str] = frozenset()) -> QuerySet[Invitation]:
    """One tab, narrowed.

    Args:
        query: words in the question or the buyer's name.
        chips: of "soon", "returning", "rich", "fits".
    """
    rows = with_facts(tab(shop, name))
    if query := query.strip()[:60]:
        rows = rows.filter(Q(question__text__icontains=query) | Q(question__buyer__nickname__icontains=query))
    for chip in chips & CHIPS.keys():
        rows = rows.filter(CHIPS[chip]())
    return rows


CHIPS = {
    "soon": lambda: Q(deadline_at__lte=timezone.now() + timedelta(seconds=SOON_SECONDS)),
    "returning": lambda: Q(bought__gt=0),
    "rich": lambda: Q(question__need__budget_max_fen__gte=RICH_FEN) | Q(question__need__budget_min_fen__gte=RICH_FEN),
    "fits": lambda: Q(fits__gte=MANY_FITTING),
}


def with_facts(rows: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """With the question, its buyer, and: `taken` places, orders `bought` here before, products that `fits`."""
    places = (
        Answer.objects.holding_a_place().filter(question=OuterRef("question")).order_by().values("question")
    ).annotate(
        # As AnswerQuerySet.places counts them.
        n=Count("pk", filter=Q(prepared=None))
        + Least(Count("pk", filter=Q(prepared__isnull=False)), Value(settings.QA_AUTOMATIC_PLACES))
    )
    orders = (
        Order.objects.filter(buyer=OuterRef("question__buyer"), shop=OuterRef("shop"), status__in=SOLD)
        .order_by()
        .values("buyer")
        .annotate(n=Count("pk"))
    )
    considered = Consideration.objects.filter(question=OuterRef("question"), shop=OuterRef("shop"), asked=True)
    held = (
        Invitation.objects.held(timezone.now())
        .filter(question=OuterRef("question"))
        .exclude(shop=OuterRef("shop"))
        .order_by()
        .values("question")
        .annotate(n=Count("pk"))
    )
    length = Func(F("products"), function="jsonb_array_length", output_field=IntegerField())
    return rows.select_related("question__buyer").annotate(
        taken=Coalesce(Subquery(places.values("n")), 0),
        writing=Coalesce(Subquery(held.values("n")), 0),
        bought=Coalesce(Subquery(orders.values("n")), 0),
        fits=Coalesce(Subquery(considered.order_by().values(n=length)[:1]), 0),
    )


def rows_of(invitations) -> list[InboxRow]:
    return [row_of(invitation) for invitation in invitations]


def row_of(invitation: Invitation) -> InboxRow:
    """`invitation` comes from `with_facts`."""
    need = Need.from_json(invitation.question.need)
    return InboxRow(
        invitation=invitation,
        left=seconds_left(invitation.deadline_at) if invitation.status in Invitation.OPEN else 0,
        window=max(1, int((invitation.deadline_at - invitation.created_at).total_seconds())),
        facts=fact_pairs(need),
        short=budget_text(need),
        taken=min(invitation.taken, settings.QA_MAX_ANSWERS),
        bought=invitation.bought,
        fits=invitation.fits,
        places=settings.QA_MAX_ANSWERS,
        writing=invitation.writing,
    )


def tab_counts(shop: Shop) -> dict[str, int]:
    """How many are under each tab; one query."""
    mine = Invitation.objects.of_shop(shop).order_by()
    under = {name: Exists(tab(shop, name).order_by().filter(pk=OuterRef("pk"))) for name in Tab.ALL}
    return mine.aggregate(**{name: Count("pk", filter=is_under) for name, is_under in under.items()})


def filter_counts(shop: Shop) -> dict[str, int]:
    """How many waiting questions each chip would leave; one query."""
    fits = {f"is_{name}": ExpressionWrapper(rule(), output_field=BooleanField()) for name, rule in CHIPS.items()}
    # Few at a time (QA_SHOP_MAX_OPEN), so they are counted here.
    rows = list(with_facts(tab(shop, Tab.WAITING)).annotate(**fits).values(*fits))
    return {name: sum(bool(row[f"is_{name}"]) for row in rows) for name in CHIPS}


def open_invitation_count(membership: Membership) -> int:
    """Questions that wait for this shop's answer, for the navigation."""
    return Invitation.objects.filter(shop__merchant=membership.merchant_id).waiting().count()


def next_invitation(membership: Membership) -> tuple[InboxRow, list[Product]] | None:
    """The question whose time runs out first, with the shop's products that fit it; None when nothing waits."""
    waiting = Invitation.objects.filter(shop__merchant=membership.merchant_id).waiting()
    invitation = with_facts(waiting).order_by("deadline_at", "pk").first()
    if invitation is None:
        return None
    return row_of(invitation), fitting_products(invitation)


def fitting_products(invitation: Invitation) -> list[Product]:
    """The products for which the shop was asked, best first."""
    story = Consideration.objects.filter(question=invitation.question_id, shop=invitation.shop_id, asked=True).first()
    found = Product.objects.in_bulk(story.products if story else [])
    return [found[pk] for pk in (story.products if story else []) if pk in found]


def today_funnel(membership: Membership) -> dict[str, int]:
    """Since local midnight: questions asked of the shop, answered by it, answers adopted."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Invitation.objects.filter(shop__merchant=membership.merchant_id, created_at__gte=midnight)
    return mine.order_by().aggregate(
        asked=Count("pk"),
        answered=Count("pk", filter=Q(status=Invitation.Status.ANSWERED)),
        adopted=Count("pk", filter=Q(answer__status=Answer.Status.ADOPTED)),
    )


def daily_adoption(membership: Membership, days: int = 14) -> list[dict]:
    """Each of the last local days, oldest first: {"day", "answered", "adopted"}."""
    first = timezone.localdate() - timedelta(days=days - 1)
    rows = (
        Answer.objects.filter(shop__merchant=membership.merchant_id, created_at__gte=_midnight(first))
        .order_by()
        .values(day=TruncDate("created_at"))
        .annotate(answered=Count("pk"), adopted=Count("pk", filter=Q(status=Answer.Status.ADOPTED)))
    )
    known = {row["day"]: row for row in rows}
    nothing = {"answered": 0, "adopted": 0}
    return [{**nothing, **known.get(day, {}), "day": day} for day in (first + timedelta(days=n) for n in range(days))]


def _midnight(day: date):
    return timezone.make_aware(timezone.datetime(day.year, day.month, day.day))
