"""WeChat's machine check of what people write and show. Nobody sees a text before it passed; where the
checker cannot be reached the caller holds it. Source: 微信小程序平台运营规范 5.18 and 10, and msg_sec_check version 2.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.errors import DomainError

from . import clients
from .errors import WeChatError
from .models import ResentPicture

PART_LENGTH = 2500
# Parts overlap, or a word that is cut in two would pass twice.
OVERLAP = 50
MAX_PARTS = 20
# The author was not in the mini-program within two hours.
NOT_SEEN_LATELY = "61010"
Suggestion = Literal["pass", "review", "risky"]
SUGGESTIONS: dict[str, Suggestion] = {"pass": "pass", "review": "review", "risky": "risky"}
GRAVITY: dict[Suggestion, int] = {"pass": 0, "review": 1, "risky": 2}

# Where the text is shown: the checker is stricter for some.
PROFILE, COMMENT, FORUM, SOCIAL_LOG = 1, 2, 3, 4
IMAGE = 2
# WeChat tells a picture's verdict within this time (msg_sec_check, media_check_async). One that is overdue is lost, or
# came before its trace_id was kept: the picture is sent again.
VERDICT_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Verdict:
    """`suggest`: pass, review (a person decides) or risky. `label` is WeChat's reason, 100 for none."""

    suggest: Suggestion
    label: int
    trace_id: str


class ModerationUnavailable(DomainError):
    """There is no verdict: hold the content and ask again. `permanent` where asking again cannot help."""

    code = "moderation_unavailable"
    status = 503
    title = _("The content check cannot be reached; try again in a moment")

    def __init__(self, cause: str, *, permanent: bool = False):
        super().__init__()
        self.cause = cause
        self.permanent = permanent


@contextmanager
def or_again() -> Iterator[None]:
    """For the outbox's handlers: without a verdict the row is tried again."""
    try:
        yield
    except ModerationUnavailable as error:
        raise outbox.Retry("moderation_unavailable", error.cause) from error


def check_text(*, openid: str, text: str, scene: int) -> Verdict:
    """Judge a text by its worst part.

    Args:
        openid: its author in the mini-program, seen there within two hours.
        scene: PROFILE, COMMENT, FORUM or SOCIAL_LOG.

    Raises:
        ModerationUnavailable: WeChat's checker gave no verdict.
        ValueError: above 20 parts (49,050 characters): bound texts before they come here.
    """
    if not text.strip():
        return Verdict("pass", 100, "")
    worst: Verdict | None = None
    for part in split_text(text):
        verdict = _check_part(openid, part, scene)
        if worst is None or GRAVITY[verdict.suggest] > GRAVITY[worst.suggest]:
            worst = verdict
        if worst.suggest == "risky":
            break
    assert worst is not None  # Noted for the type checker: a text that is not blank has a part.
    return worst


def check_text_by_any(*, openids: Iterable[str], text: str, scene: int) -> Verdict:
    """Judge a text in the name of the first of these people who was in the mini-program within two hours.

    WeChat takes nobody else as an author (61010), yet staff write in the dashboard: after the author come
    the reader, colleagues, and the operator's WECHAT_MODERATION_OPENID.

    Raises:
        ModerationUnavailable: nobody of them was there, or no verdict; see `check_text`.
    """
    for openid in [*filter(None, dict.fromkeys(openids)), *filter(None, [settings.WECHAT_MODERATION_OPENID])]:
        try:
            return check_text(openid=openid, text=text, scene=scene)
        except ModerationUnavailable as error:
            if error.cause != NOT_SEEN_LATELY:
                raise
    raise ModerationUnavailable(NOT_SEEN_LATELY)


def check_image_async(*, openid: str, media_url: str, scene: int, before: str = "") -> str:
    """Have a picture judged by its public address, at most 10 MB.

    Args:
        before: the trace_id under which it was sent already and no verdict has come; a verdict under that number
            still counts (`traces_of`).

    Returns:
        trace_id; the verdict comes within 30 minutes as `wechat.signals.mini_program_event` wxa_media_check.

    Raises:
        ModerationUnavailable: WeChat's checker did not take it.
    """
    try:
        trace_id = clients.mini_program().check_media(openid=openid, media_url=media_url, media_type=IMAGE, scene=scene)
    except WeChatError as error:
        raise ModerationUnavailable(error.code, permanent=error.permanent) from error
    if before and before != trace_id:
        ResentPicture.objects.filter(again_as=before).update(again_as=trace_id)
        ResentPicture.objects.update_or_create(trace_id=before, defaults={"again_as": trace_id})
    return trace_id


def traces_of(trace_id: str) -> list[str]:
    """The numbers by which whoever sent a picture may know it, for a verdict that came under this one."""
    return [trace_id, *ResentPicture.objects.filter(trace_id=trace_id).values_list("again_as", flat=True)]


def verdict_due(asked_at: datetime) -> float:
    """Seconds until the verdict on a picture that was first sent at `asked_at` (UTC) is overdue; 0 where it is."""
    return max(0.0, (asked_at + VERDICT_WITHIN - timezone.now()).total_seconds())


def split_text(text: str) -> list[str]:
    """Parts that the checker takes, each beginning with the end of the one before."""
    step = PART_LENGTH - OVERLAP
    parts = [text[start : start + PART_LENGTH] for start in range(0, max(len(text) - OVERLAP, 1), step)]
    if len(parts) > MAX_PARTS:
        raise ValueError("the text is too long to be judged")
    return parts


def _check_part(openid: str, part: str, scene: int) -> Verdict:
    try:
        result = clients.mini_program().check_text(openid=openid, text=part, scene=scene)
    except WeChatError as error:
        raise ModerationUnavailable(error.code, permanent=error.permanent) from error
    # An answer that we don't know is not a pass.
    return Verdict(SUGGESTIONS.get(result.suggest, "review"), result.label, result.trace_id)
