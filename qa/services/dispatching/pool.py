"""Shops take up by themselves what the waves have left over. Taking one is holding a place in it."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from core.locks import lock_row
from shops.models import Product, Shop

from ... import matching
from ...errors import NotInPool, PlacesHeld, ShopFull
from ...models import Consideration, Invitation, Question, Wave
from ...need import Need
from ...selectors.pool import pool_of
from .. import telling
from ..standing import Event, Noted, note
from .capacity import locked_capacities
from .rules import places_left

# The shop's products that are put before its staff.
SHOWN = 3


def take(*, question: Question, shop: Shop, by: User) -> Invitation:
    """The shop takes the question up: it holds a place for QA_LEASE_SECONDS and may answer while the question lives.

    A question that is in the shop's hands already is returned as it is: taken before, put to it by a wave and still
    open, or answered. One that it missed or passed on is opened again; it was asked once all the same.

    Raises:
        NotInPool: ended, all places taken, or not for this shop; PlacesHeld: others are writing for all places that
        are left; ShopFull.
    """
    mine = Invitation.objects.filter(question=question, shop=shop)
    found = mine.first()
    if found and (found.is_open or found.status == Invitation.Status.ANSWERED):
        return found
    try:
        return _take(question, shop, by)
    except IntegrityError:  # A colleague took it at the same moment.
        return mine.get()


@transaction.atomic
def _take(question: Question, shop: Shop, by: User) -> Invitation:
    question = lock_row(question)
    if not pool_of(shop).filter(pk=question.pk).exists():
        raise NotInPool
    now = timezone.now()
    if places_left(question) <= question.invitations.held(now).count():
        raise PlacesHeld
    if not locked_capacities([shop.pk], now)[shop.pk].room:
        raise ShopFull
    ended = Invitation.objects.filter(question=question, shop=shop).resumable().select_for_update(of=("self",)).first()
    invitation = _reopen(question, ended, now) if ended else _open(question, shop, now)
    audit.record(actor=by, action="qa.taken_from_pool", target=question, shop=shop.public_id)
    telling.question_changed(question)
    telling.all_invitations_changed(question)
    return invitation


def _open(question: Question, shop: Shop, now: datetime) -> Invitation:
    invitation = Invitation.objects.create(
        question=question, wave=side_wave(question, Wave.POOL), shop=shop, seen_at=now, **_writing(question, now)
    )
    _keep_story(invitation)
    note([Noted(Event.ASKED, shop.pk, question.category_id)])
    return invitation


def _reopen(question: Question, ended: Invitation, now: datetime) -> Invitation:
    """The same invitation, in its wave, with its draft. What was missed stays counted; a pass is taken back."""
    passed = ended.status == Invitation.Status.PASSED
    Invitation.objects.filter(pk=ended.pk).update(finished_at=None, **_writing(question, now))
    note([Noted(Event.PASS_TAKEN_BACK if passed else Event.TAKEN_UP_AGAIN, ended.shop_id, question.category_id)])
    ended.refresh_from_db()
    return ended


def _writing(question: Question, now: datetime) -> dict[str, Any]:
    return {
        "status": Invitation.Status.WRITING,
        "deadline_at": question.expires_at,
        "writing_at": now,
        "lease_until": now + timedelta(seconds=settings.QA_LEASE_SECONDS),
    }


def side_wave(question: Question, number: int) -> Wave:
    """The wave of what matching didn't choose, one more shop larger; the question is locked."""
    now = timezone.now()
    wave, made = Wave.objects.get_or_create(
        question=question,
        number=number,
        defaults={"size": 1, "opened_at": now, "deadline_at": question.expires_at, "closed_at": now},
    )
    if not made:
        Wave.objects.filter(pk=wave.pk).update(size=wave.size + 1)
    return wave


def _keep_story(invitation: Invitation) -> None:
    question = invitation.question
    on_sale = Product.objects.filter(shop=invitation.shop, status=Product.Status.PUBLISHED)
    fitting = matching.rank_products(Need.from_json(question.need), on_sale, limit=SHOWN)
    Consideration.objects.create(
        question=question,
        wave_number=invitation.wave.number,
        shop=invitation.shop,
        score=max((found.relevance for found in fitting), default=0),
        products=[found.product_id for found in fitting],
        asked=True,
    )
