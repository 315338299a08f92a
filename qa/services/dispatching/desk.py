"""Ops' editor: a question that the schedule left over is handed to chosen shops, or ended with a word to the buyer."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Invalid
from core.locks import lock_row
from shops.models import Block, Shop

from ...errors import QuestionClosed
from ...models import Consideration, Invitation, Question, Wave
from .. import telling
from .capacity import locked_capacities
from .pool import side_wave
from .rules import places_left
from .waves import invite

MOST_HANDED_TO = 10


@transaction.atomic
def hand_to(*, question: Question, shops: Sequence[Shop], by: User) -> list[Invitation]:
    """Put a live question to these shops, beyond the waves. Those asked before are passed over.

    Raises:
        QuestionClosed: ended, or all places are taken; Invalid: too many, a shop with no room, or one that the buyer
        blocks or is blocked by.
    """
    question = lock_row(Question.objects.select_related("buyer").get(pk=question.pk))
    if not question.is_live or not places_left(question):
        raise QuestionClosed
    asked = set(question.invitations.values_list("shop_id", flat=True))
    fresh = sorted({shop.pk for shop in shops} - asked)
    if len(fresh) > MOST_HANDED_TO:
        raise Invalid(fields={"shops": [_("At most %(n)s shops") % {"n": MOST_HANDED_TO}]})
    if not fresh:
        return []
    now = timezone.now()
    known = locked_capacities(fresh, now)
    blocked = set(Block.objects.filter(buyer=question.buyer_id, shop__in=fresh).values_list("shop_id", flat=True))
    refused = [pk for pk in fresh if pk in blocked or not known[pk].room]
    if refused:
        names = "、".join(Shop.objects.filter(pk__in=refused).values_list("name", flat=True))
        raise Invalid(fields={"shops": [_("Cannot be asked now: %(shops)s") % {"shops": names}]})
    wave = side_wave(question, Wave.DESK)
    Wave.objects.filter(pk=wave.pk).update(size=wave.invitations.count() + len(fresh))
    Consideration.objects.bulk_create(
        Consideration(question=question, wave_number=Wave.DESK, shop_id=pk, score=0, asked=True) for pk in fresh
    )
    made = invite(
        [(question, wave, [(pk, {}, None) for pk in fresh])], now, window_of=lambda _wave: question.expires_at - now
    )
    if question.no_answer_at:
        # Somebody may answer after all; the buyer is told anew if not.
        Question.objects.filter(pk=question.pk).update(no_answer_at=None)
    audit.record(actor=by, action="qa.handed_to_shops", target=question, shops=len(fresh))
    return made


@transaction.atomic
def write_to_buyer(*, question: Question, words: str, by: User) -> Question:
    """Show the buyer a word from the platform on the question's page, beside what fits from the shelves.

    Raises:
        Invalid: no words, or more than 200 characters.
    """
    question = lock_row(Question.objects.select_related("buyer").get(pk=question.pk))
    words = words.strip()
    if not 0 < len(words) <= 200:
        raise Invalid(fields={"words": [_("1 to 200 characters")]})
    question.note = words
    question.save(update_fields=["note"])
    telling.platform_wrote(question)
    telling.question_changed(question)
    audit.record(actor=by, action="qa.wrote_to_buyer", target=question)
    return question
