"""The pool: questions that the waves have left over, as one shop may take them up."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from merchants.models import Membership
from shops.models import Block, Product, Shop

from ..matching.standing import preferences_of
from ..models import Answer, Invitation, Question
from ..need import Need, budget_text, fact_pairs


@dataclass
class PoolRow:
    question: Question
    facts: list[tuple[str, str]]
    short: str
    left: int
    writing: int

    is_held = property(lambda self: self.left <= self.writing)


def pool_of(shop: Shop) -> QuerySet[Question]:
    """Questions that this shop may take up now, the newest first: of a kind that it sells and wants, with a place
    left, not its own people's, and not in its hands: what it missed or passed on stands here again."""
    # As the hard filters of matching say, but for hours: who looks is awake.
    if not Shop.objects.taking_questions().filter(pk=shop.pk).exists():
        return Question.objects.none()
    kinds = Product.objects.filter(shop=shop, status=Product.Status.PUBLISHED, stock__gt=0).exclude(category=None)
    wishes = preferences_of(shop)
    staff = Membership.objects.filter(merchant=shop.merchant_id, removed_at=None)
    free = Question.objects.in_pool().filter(
        category__in=kinds.order_by().values("category").distinct(), expires_at__gt=timezone.now()
    )
    mine = Invitation.objects.filter(shop=shop)
    in_hand = mine.exclude(pk__in=mine.resumable())
    if wishes.categories_only:
        free = free.filter(category__in=wishes.categories_only)
    return (
        free.exclude(category__in=wishes.categories_out)
        .exclude(buyer__in=staff.values("user"))
        .exclude(buyer__in=Block.objects.filter(shop=shop).order_by().values("buyer"))
        .exclude(pk__in=in_hand.order_by().values("question"))
        .annotate(places_left=Greatest(settings.QA_MAX_ANSWERS - Coalesce(_places_taken(), 0), 0), writing=_writing())
        .filter(places_left__gt=0)
        .select_related("buyer", "category")
        .order_by("-pooled_at", "-pk")
    )


def pool_rows(questions) -> list[PoolRow]:
    """`questions` come from `pool_of`."""
    needs = [(question, Need.from_json(question.need)) for question in questions]
    return [
        PoolRow(question, fact_pairs(need), budget_text(need), question.places_left, question.writing)
        for question, need in needs
    ]


def pool_count(shop: Shop) -> int:
    return pool_of(shop).count()


def _places_taken() -> Subquery:
    taken = Answer.objects.holding_a_place().filter(question=OuterRef("pk")).order_by().values("question")
    # As AnswerQuerySet.places counts them.
    counted = taken.annotate(
        n=Count("pk", filter=Q(prepared=None))
        + Least(Count("pk", filter=Q(prepared__isnull=False)), Value(settings.QA_AUTOMATIC_PLACES))
    )
    return Subquery(counted.values("n"))


def _writing() -> Coalesce:
    held = Invitation.objects.held(timezone.now()).filter(question=OuterRef("pk")).order_by().values("question")
    return Coalesce(Subquery(held.annotate(n=Count("pk")).values("n")), 0)
