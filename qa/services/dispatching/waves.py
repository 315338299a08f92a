"""The writing of waves: who is asked, what was considered, and what people are told, in a few statements for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core import audit
from core.prepared import Prepared, any_of
from shops.models import Block, Shop

from ...matching import Match
from ...matching.assignment import Given, Wish, assign
from ...models import Consideration, Invitation, Wave
from .. import telling
from ..standing import Event, Noted, note
from .capacity import Capacity, capacities, locked_capacities
from .ending import conclude
from .rules import schedule, window

if TYPE_CHECKING:
    from .batches import Asking

NO_STAFF = "no_staff"


@dataclass
class Chosen:
    """A question with the shops that are asked now."""

    asking: "Asking"
    given: list[Given]


def open_waves(askings: Sequence["Asking"], now: datetime) -> list["Asking"]:
    """Choose for all of them together and write their waves; the questions are locked.

    Returns those that were opened. One whose shops were all taken by others meanwhile is left for the next second.
    """
    chosen = _with_room(
        [Chosen(asking, given) for asking, given in zip(askings, _assign(askings, now), strict=True)], now
    )
    made = Wave.objects.bulk_create(_wave(one, now) for one in chosen)
    _keep_story(chosen)
    asked = [(one, wave) for one, wave in zip(chosen, made, strict=True) if one.given]
    invite(
        [(one.asking.question, wave, _facts(one)) for one, wave in asked],
        now,
        window_of=lambda wave: window(wave.number),
    )
    for one in chosen:
        if not one.given:
            conclude(one.asking.question, one.asking.matches)
    return [one.asking for one in chosen]


def _assign(askings: Sequence["Asking"], now: datetime) -> list[list[Given]]:
    fitting = [[match for match in asking.matches if not match.reason] for asking in askings]
    known = capacities({match.shop_id for matches in fitting for match in matches}, now)
    wishes = [_wish(asking.size, matches, known) for asking, matches in zip(askings, fitting, strict=True)]
    return assign(wishes, {shop_id: capacity.room for shop_id, capacity in known.items()})


def _wish(size: int, matches: Sequence[Match], known: dict[int, Capacity]) -> Wish:
    newcomers = frozenset(match.shop_id for match in matches if known[match.shop_id].is_newcomer)
    return Wish(size, [(match.shop_id, match.score) for match in matches], newcomers)


def _with_room(chosen: Sequence[Chosen], now: datetime) -> list[Chosen]:
    """Again under the lock of the shops' standing: another dispatcher may have asked them meanwhile, or the buyer have
    blocked one. Whoever blocks waits for the question's lock, and frees those that were asked before."""
    known = locked_capacities({given.shop_id for one in chosen for given in one.given}, now)
    room = {shop_id: capacity.room for shop_id, capacity in known.items()}
    pairs = Block.objects.filter(shop__in=known, buyer__in={one.asking.question.buyer_id for one in chosen})
    blocked = set(pairs.order_by().values_list("shop_id", "buyer_id"))
    kept = []
    for one in chosen:
        had, buyer = bool(one.given), one.asking.question.buyer_id
        one.given = [given for given in one.given if room[given.shop_id] > 0 and (given.shop_id, buyer) not in blocked]
        for given in one.given:
            room[given.shop_id] -= 1
        if one.given or not had:
            kept.append(one)
    return kept


def _wave(one: Chosen, now: datetime) -> Wave:
    _size, lasts = schedule(one.asking.number)
    return Wave(
        question=one.asking.question,
        number=one.asking.number,
        size=len(one.given),
        opened_at=now,
        deadline_at=now + lasts if one.given else now,
        closed_at=None if one.given else now,
    )


def _keep_story(chosen: Sequence[Chosen]) -> None:
    rows = []
    for one in chosen:
        asked = {given.shop_id for given in one.given}
        rows += [
            Consideration(
                question=one.asking.question,
                wave_number=one.asking.number,
                shop_id=match.shop_id,
                score=match.score,
                features=match.features,
                products=match.product_ids,
                asked=match.shop_id in asked,
                reason="" if match.shop_id in asked else match.reason,
            )
            for match in one.asking.matches
        ]
    Consideration.objects.bulk_create(rows)


def _facts(one: Chosen) -> list[tuple[int, dict, float | None]]:
    by_shop = {match.shop_id: match for match in one.asking.matches}
    return [
        (
            given.shop_id,
            # Told to the shop later: the place that is kept for newcomers was drawn.
            {**by_shop[given.shop_id].features, **({"newcomer": 1.0} if given.propensity else {})},
            given.propensity or by_shop[given.shop_id].propensity,
        )
        for given in one.given
    ]


def invite(asked, now: datetime, *, window_of) -> list[Invitation]:
    """Write invitations, count them, and tell the shops' people. Questions and standings are locked.

    Args:
        asked: (question, wave, [(shop, features, propensity)]) for each question.
        window_of: wave -> how long its shops may answer.
    """
    asked_shops = {shop_id for *_rest, facts in asked for shop_id, *_more in facts}
    shops = {shop.pk: shop for shop in _shops.all(shop_ids=list(asked_shops))}
    staff = telling.answering_staff({shop.merchant_id for shop in shops.values()})
    invitations = Invitation.objects.bulk_create(
        Invitation(
            question=question,
            wave=wave,
            shop=shops[shop_id],
            deadline_at=min(now + window_of(wave), question.expires_at),
            features=features,
            propensity=propensity,
            untold="" if staff.get(shops[shop_id].merchant_id) else NO_STAFF,
        )
        for question, wave, facts in asked
        for shop_id, features, propensity in facts
    )
    note([Noted(Event.ASKED, row.shop_id, row.question.category_id) for row in invitations])
    telling.invited(invitations, staff)
    telling.questions_changed([question for question, *_rest in asked])
    audit.record_many(
        actor=None,
        action="qa.wave_opened",
        targets=[(question, {"number": wave.number, "shops": len(facts)}) for question, wave, facts in asked],
    )
    return invitations


@Prepared(shop_ids=list)
def _shops(shop_ids):
    return Shop.objects.filter(any_of("pk", shop_ids)).order_by()
