"""Why a shop is believed to answer, and its answers to be chosen: the chain of rates, from all shops to this one."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ..matching.rates import (
    CATEGORY_WEIGHT,
    PRIOR_ADOPTIONS,
    PRIOR_ANSWERS,
    PRIOR_WEIGHT,
    RECORD_HALF_LIFE,
    SHOP_WEIGHT,
    Record,
    adoption_rate,
    answer_rate,
    fade,
    service_rate,
)
from ..models import CategoryRate, CategoryStanding, ShopStanding

NOTHING = Record()


@dataclass(frozen=True)
class Link:
    """One step of the chain.

    Attributes:
        name: "prior", "whole" (all shops), "shop", or the category's name.
        trials, answers, adoptions: what it rests on, faded to now.
        weight: how many invitations the wider rate counts like against it; None for the first.
    """

    name: str
    trials: float
    answers: float
    adoptions: float
    weight: int | None
    answer_rate: float
    adoption_rate: float


def rate_story(standing: ShopStanding, *, now: datetime | None = None) -> list[Link]:
    """From what is believed of anybody to this shop, then this shop in each of its categories; three statements."""
    now = now or timezone.now()
    rates = {row.category_id: Record(row.trials, row.answers, row.adoptions) for row in CategoryRate.objects.all()}
    whole, own = rates.get(None, NOTHING), _faded(standing, now)
    links = [
        Link("prior", 0, 0, 0, None, PRIOR_ANSWERS, PRIOR_ADOPTIONS),
        _link("whole", whole, PRIOR_WEIGHT, (whole, NOTHING, NOTHING, NOTHING)),
        _link("shop", own, SHOP_WEIGHT, (whole, NOTHING, own, NOTHING)),
    ]
    rows = CategoryStanding.objects.filter(shop=standing.shop_id).select_related("category").order_by("-trials", "pk")
    for row in rows:
        together = _faded(row, now)
        chain = (whole, rates.get(row.category_id, NOTHING), own, together)
        links.append(_link(row.category.name, together, CATEGORY_WEIGHT, chain))
    return links


def service_of(standing: ShopStanding, *, now: datetime | None = None) -> float:
    now = now or timezone.now()
    praise, blame = (
        fade(value, standing.record_at, now, RECORD_HALF_LIFE) for value in (standing.praise, standing.blame)
    )
    return service_rate(praise, blame)


def _faded(row: ShopStanding | CategoryStanding, now: datetime) -> Record:
    values = (row.trials, row.answers, row.adoptions)
    return Record(*(fade(value, row.record_at, now, RECORD_HALF_LIFE) for value in values))


def _link(name: str, record: Record, weight: int, chain: tuple[Record, Record, Record, Record]) -> Link:
    return Link(
        name, record.trials, record.answers, record.adoptions, weight, answer_rate(*chain), adoption_rate(*chain)
    )
