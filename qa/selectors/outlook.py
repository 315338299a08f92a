"""What happens with a question by itself from here on, and whether its buyer may have further shops asked."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Question


class Ahead(TextChoices):
    OVER = "over", _("Nobody can answer any more")
    FULL = "full", _("All places for an answer are taken")
    ASKING = "asking", _("Shops are being asked, further ones too while places are left")
    LATER = "later", _("Further shops are asked by themselves at a known time")
    POOL = "pool", _("Every wave is over; shops may still take it up")
    NOBODY_LEFT = "nobody_left", _("The same, and the last time no further shop fitted")


@dataclass(frozen=True)
class Outlook:
    """`later_at`: when further shops are asked by themselves. `following`: the number of the wave that comes next."""

    ahead: Ahead
    following: int
    later_at: datetime | None = None

    @property
    def can_ask_again(self) -> bool:
        """Between two waves, QA_ASK_AGAIN times more than the schedule has waves."""
        between = self.ahead in (Ahead.LATER, Ahead.POOL, Ahead.NOBODY_LEFT)
        return between and self.following <= len(settings.QA_WAVES) + settings.QA_ASK_AGAIN


def outlook(question: Question) -> Outlook:
    """Three statements at most."""
    if not question.is_live:
        return Outlook(Ahead.OVER, 0)
    last = question.waves.scheduled().order_by("number").last()
    following = last.number + 1 if last else 1
    if question.answers.holding_a_place().places() >= settings.QA_MAX_ANSWERS:
        return Outlook(Ahead.FULL, following)
    if question.pooled_at is None or (last and last.closed_at is None):
        return Outlook(Ahead.ASKING, following)
    due_at = question.tickets.filter(done_at=None).values_list("due_at", flat=True).first()
    if due_at:
        later = due_at > timezone.now()
        return Outlook(Ahead.LATER, following, due_at) if later else Outlook(Ahead.ASKING, following)
    return Outlook(Ahead.NOBODY_LEFT if last and not last.size else Ahead.POOL, following)
