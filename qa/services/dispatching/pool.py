"""Shops take up by themselves what the waves have left over. Taking one is holding a place in it."""

from datetime import timedelta

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

    A question that the shop has taken already is returned as it is.

    Raises:
        NotInPool: ended, all places taken, or not for this shop; PlacesHeld: others are writing for all places that
        are left; ShopFull.
    """
    mine = Invitation.objects.filter(question=question, shop=shop)
    try:
        return mine.filter(wave__number=Wave.POOL).first() or _take(question, shop, by)
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
    invitation = Invitation.objects.create(
        question=question,
        wave=side_wave(question, Wave.POOL),
        shop=shop,
        status=Invitation.Status.WRITING,
        deadline_at=question.expires_at,
        seen_at=now,
        writing_at=now,
        lease_until=now + timedelta(seconds=settings.QA_LEASE_SECONDS),
    )
    _keep_story(invitation)
    note([Noted(Event.ASKED, shop.pk, question.category_id)])
    audit.record(actor=by, action="qa.taken_from_pool", target=question, shop=shop.public_id)
    telling.question_changed(question)
    telling.all_invitations_changed(question)
    return invitation


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
