"""Who writes holds a place: a lease of QA_LEASE_SECONDS that each saving of the draft renews.

There are never more leases than places left, so that nobody writes for nothing; the others see that somebody is
writing. A lease that has run out counts no more, whether or not the sweep has seen it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from core.locks import lock_row

from ...errors import AlreadyAnswered, PlacesHeld, QuestionClosed, SlotsTaken, WindowOver
from ...models import Invitation, Question
from .. import telling
from .rules import places_left

TOGETHER = 200


@transaction.atomic
def hold(*, invitation: Invitation, by: User) -> Invitation:
    """Hold a place while writing, or hold it longer. The buyer and the other shops see it.

    Raises:
        PlacesHeld: others are writing for all places that are left; AlreadyAnswered; WindowOver; SlotsTaken;
        QuestionClosed.
    """
    now = timezone.now()
    until = now + timedelta(seconds=settings.QA_LEASE_SECONDS)
    own = Invitation.objects.filter(pk=invitation.pk)
    if own.held(now).filter(deadline_at__gt=now).update(lease_until=until):
        invitation.status, invitation.lease_until = Invitation.Status.WRITING, until
        return invitation
    question = lock_row(invitation.question)
    check_open(question, lock_row(invitation))
    own.update(status=Invitation.Status.WRITING, writing_at=Coalesce("writing_at", now), lease_until=until)
    invitation.refresh_from_db(fields=["status", "writing_at", "lease_until"])
    telling.question_changed(question)
    telling.all_invitations_changed(question)
    return invitation


@transaction.atomic
def let_go(*, invitation: Invitation, by: User) -> None:
    """Give the place back; the draft stays. Without a lease nothing changes."""
    question = lock_row(invitation.question)
    given_back = Invitation.objects.filter(pk=invitation.pk, status=Invitation.Status.WRITING).update(
        status=Invitation.Status.SEEN, lease_until=None
    )
    if given_back:
        telling.question_changed(question)
        telling.all_invitations_changed(question)


def check_open(question: Question, invitation: Invitation) -> None:
    """That this shop may write or answer now; both rows are locked.

    Raises:
        as `hold`.
    """
    if invitation.status == Invitation.Status.ANSWERED:
        raise AlreadyAnswered
    if invitation.status in (Invitation.Status.PASSED, Invitation.Status.LAPSED):
        raise WindowOver
    if not question.is_live:
        raise QuestionClosed
    left = places_left(question)
    if not left:
        raise SlotsTaken
    if not invitation.is_open:
        raise WindowOver
    if not invitation.holds_a_place and held_by_others(question, invitation, timezone.now()) >= left:
        raise PlacesHeld


def held_by_others(question: Question, invitation: Invitation, now: datetime) -> int:
    return question.invitations.held(now).exclude(pk=invitation.pk).count()


@transaction.atomic
def expire_due() -> int:
    """Leases that have run out are given back, so that pages say so. Returns how many."""
    over = Invitation.objects.filter(status=Invitation.Status.WRITING, lease_until__lte=timezone.now())
    rows = over.select_for_update(skip_locked=True, of=("self",)).select_related("shop", "question__buyer")
    ended = list(rows.order_by("lease_until")[:TOGETHER])
    Invitation.objects.filter(pk__in=[row.pk for row in ended]).update(status=Invitation.Status.SEEN, lease_until=None)
    telling.questions_changed([row.question for row in ended])
    telling.invitations_changed(
        Invitation.objects.open().filter(question__in=[row.question_id for row in ended]).select_related("shop")
    )
    return len(ended)
