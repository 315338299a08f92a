"""Whether a public answer helped: one voice a person, changed at will, never the asker's nor the shop's own."""

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User
from core.errors import NotFound
from core.locks import lock_row

from ..errors import NotYourVoice
from ..models import PublicAnswer, PublicFeedback
from ..public import rating
from ..selectors.publications import is_partial
from .standing import Event, Noted, note

# What a shop's standing is told when an answer becomes proven or disproved, and when it ceases to be.
TOLD = {
    "proven": (Event.HELPED, Event.HELPED_TAKEN_BACK),
    "disproved": (Event.DISAPPOINTED, Event.DISAPPOINTED_TAKEN_BACK),
}


@transaction.atomic
def give_feedback(*, public: PublicAnswer, by: User, helped: bool | None) -> PublicAnswer:
    """Record a person's word. The same again changes nothing.

    The standing hears of each answer once, not of each voice: a page that many read must not outweigh the shop's
    service to its own buyers.

    Args:
        helped: None takes the word back.

    Raises:
        NotFound: it is not public; NotYourVoice: the caller asked it, or works or has worked for the shop.
    """
    row = lock_row(public)
    if row.status != PublicAnswer.Status.PUBLIC:
        raise NotFound
    if helped is not None and is_partial(row, by):
        raise NotYourVoice
    mine = PublicFeedback.objects.filter(public_answer=row, person=by)
    if helped is None:
        mine.delete()
    else:
        PublicFeedback.objects.update_or_create(public_answer=row, person=by, defaults={"helped": helped})
    _count(row)
    return row


def _count(row: PublicAnswer) -> None:
    voices = row.feedback.aggregate(helped=Count("pk", filter=Q(helped=True)), all=Count("pk"))
    row.helped, row.not_helped = voices["helped"], voices["all"] - voices["helped"]
    row.score = rating.score(row.helped, row.not_helped)
    events = []
    for name, (begins, ceases) in TOLD.items():
        was, now = getattr(row, name), getattr(rating, name)(row.helped, row.not_helped)
        if was != now:
            events.append(Noted(begins if now else ceases, row.shop_id))
            setattr(row, name, now)
    row.save(update_fields=["helped", "not_helped", "score", *TOLD])
    if events:
        note(events)
