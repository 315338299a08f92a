"""A shop's prepared answers: written, checked once, switched on and off; ops may stop one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import mini_program_openids
from core import audit, outbox
from core.errors import Invalid
from core.locks import lock_row
from notifications.services import notify
from shops import placeholders
from shops.models import AttributeValue, Category, Shop, Sku
from shops.text import clean, clean_list
from wechat import moderation

from ..drafts import MAX_CARDS, MAX_TEXT, checked_promises
from ..errors import NotYoursToSell, PreparedStopped
from ..models import PreparedAnswer, PreparedCard, Verdict
from ..understanding import mask

MAX_PREPARED = 50
MAX_TITLE, MAX_WORDS, WORD_LENGTH = 30, 10, 12
LONGEST_DAYS = 60
CONTENT = (
    "title", "category", "attributes", "words", "budget_min_fen", "budget_max_fen", "text", "promises",
    "arrive_days", "valid_until",
)  # fmt: skip
Status = PreparedAnswer.Status


@dataclass
class Preparation:
    """What a shop writes down: the kind of need, and the answer to it.

    Attributes:
        attributes: {attribute: value} of the category that the buyer must have asked for.
        words: of which one must stand in the question; none means any question of the kind.
        budget_min_fen, budget_max_fen: questions whose budget lies apart from this are left alone.
        cards: one to three variants; the first that is in stock and in the buyer's budget is shown.
        arrive_days: the promised day is so many days after the question.
        valid_until: the last local day on which it answers.
    """

    title: str
    category: Category | None
    text: str
    cards: Sequence[Sku]
    attributes: dict[str, str] = field(default_factory=dict)
    words: Sequence[str] = ()
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    promises: Sequence[str] = ()
    arrive_days: int | None = None
    valid_until: date | None = None


def prepare(*, shop: Shop, by: User, draft: Preparation, prepared: PreparedAnswer | None = None) -> PreparedAnswer:
    """Keep a prepared answer; `prepared` is the one that it changes. Words that have not passed yet are checked first.

    Raises:
        Invalid, NotYoursToSell: with `fields`; PreparedStopped: ops stopped it.
    """
    content = _checked(shop, draft)
    with transaction.atomic():
        # The shop's row: two saves at once must not pass the limit together.
        shop = lock_row(shop)
        row = lock_row(prepared) if prepared else PreparedAnswer(shop=shop)
        if row.status == Status.STOPPED:
            raise PreparedStopped
        if prepared is None and shop.prepared_answers.count() >= MAX_PREPARED:
            raise Invalid(fields={"title": [_("At most %(count)s prepared answers") % {"count": MAX_PREPARED}]})
        for name in CONTENT:
            setattr(row, name, content[name])
        row.created_by = by
        if row.passed_digest == digest(row):
            row.status = Status.ON if row.status in (Status.SCREENING, Status.REJECTED) else row.status
        else:
            row.status, row.verdict = Status.SCREENING, Verdict.PENDING
        row.save()
        row.cards.all().delete()
        PreparedCard.objects.bulk_create(
            PreparedCard(prepared=row, position=position, sku=sku) for position, sku in enumerate(draft.cards, start=1)
        )
        if row.status == Status.SCREENING:
            outbox.enqueue(kind="qa.screen_prepared", key=row.public_id, payload={"prepared_id": row.pk})
        audit.record(actor=by, action="qa.answer_prepared", target=row)
    return row


def _checked(shop: Shop, draft: Preparation) -> dict:
    text = mask(clean(draft.text, field="text", limit=MAX_TEXT, required=True, lines=True))
    if draft.category is None:
        raise Invalid(fields={"category": [_("Choose what it is about")]})
    if "arrive_by" in placeholders.blanks(text) and draft.arrive_days is None:
        blank = placeholders.spelled("arrive_by")
        raise Invalid(fields={"arrive_days": [_("%(blank)s needs the number of days") % {"blank": blank}]})
    if draft.arrive_days is not None and not 0 <= draft.arrive_days <= LONGEST_DAYS:
        raise Invalid(fields={"arrive_days": [_("At most %(n)s days") % {"n": LONGEST_DAYS}]})
    if draft.valid_until is not None and draft.valid_until < timezone.localdate():
        raise Invalid(fields={"valid_until": [_("This day is over, or too far ahead")]})
    low, high = draft.budget_min_fen, draft.budget_max_fen
    if low is not None and high is not None and low > high:
        raise Invalid(fields={"budget_max": [_("The upper end lies below the lower one")]})
    _check_skus(shop, draft.cards)
    return {
        "title": clean(draft.title, field="title", limit=MAX_TITLE, required=True),
        "category": draft.category,
        "attributes": _attributes(draft),
        "words": clean_list(list(draft.words), field="words", count=MAX_WORDS, limit=WORD_LENGTH),
        "budget_min_fen": low,
        "budget_max_fen": high,
        "text": text,
        "promises": checked_promises(list(draft.promises)),
        "arrive_days": draft.arrive_days,
        "valid_until": draft.valid_until,
    }


def _attributes(draft: Preparation) -> dict[str, str]:
    known = AttributeValue.objects.filter(attribute__category=draft.category)
    pairs = set(known.values_list("attribute__name", "name"))
    if any(pair not in pairs for pair in draft.attributes.items()):
        raise Invalid(fields={"attributes": [_("Choose values of this category")]})
    return dict(draft.attributes)


def _check_skus(shop: Shop, skus: Sequence[Sku]) -> None:
    if not skus:
        raise Invalid(fields={"cards": [_("Choose at least one product")]})
    # Variants of one product are welcome: only one card is shown, the first that can be had.
    if len(skus) > MAX_CARDS or len({sku.pk for sku in skus}) < len(skus):
        raise Invalid(fields={"cards": [_("At most %(n)s different products") % {"n": MAX_CARDS}]})
    if any(sku.shop_id != shop.pk or sku.archived_at for sku in skus):
        raise NotYoursToSell(fields={"cards": [NotYoursToSell.title]})


def words_of(prepared: PreparedAnswer) -> str:
    """Everything in it that buyers read and that nobody has checked yet."""
    return "\n".join([prepared.text, *prepared.promises])


def digest(prepared: PreparedAnswer) -> str:
    return hashlib.sha256(words_of(prepared).encode()).hexdigest()


def screen_prepared(prepared_id: int) -> None:
    """Outbox handler: have a prepared answer's words checked.

    Raises:
        outbox.Retry: no verdict yet, or the words were changed meanwhile.
    """
    row = PreparedAnswer.objects.select_related("created_by").filter(pk=prepared_id, status=Status.SCREENING).first()
    if row is None or row.verdict == Verdict.REVIEW:
        return
    checked = digest(row)
    openids = mini_program_openids(row.created_by)
    with moderation.or_again():
        verdict = moderation.check_text_by_any(openids=openids, text=words_of(row), scene=moderation.FORUM)
    with transaction.atomic():
        if digest(lock_row(row)) != checked:
            raise outbox.Retry("edited", after=1)
        conclude_prepared(prepared=row, verdict=verdict.suggest)


@transaction.atomic
def conclude_prepared(*, prepared: PreparedAnswer, verdict: str, by: User | None = None) -> PreparedAnswer:
    """Record the verdict: WeChat's (`by` None) or that of ops. One that no longer waits for it stays.

    Args:
        verdict: pass, review (a person must look) or risky.
    """
    row = lock_row(prepared)
    if row.status != Status.SCREENING:
        return row
    row.verdict = verdict
    if verdict == Verdict.PASSED:
        row.status, row.passed_digest = Status.ON, digest(row)
    elif verdict == Verdict.RISKY:
        row.status = Status.REJECTED
        _tell(row, _("Your prepared answer was not let through"), _("Its words break WeChat's rules"))
    row.save(update_fields=["verdict", "status", "passed_digest"])
    audit.record(actor=by, action="qa.prepared_checked", target=row, verdict=verdict)
    return row


def pause_prepared(*, prepared: PreparedAnswer, by: User) -> PreparedAnswer:
    """It answers nothing until it is switched on again. A repeat changes nothing."""
    return _move(prepared, {Status.ON}, Status.PAUSED, by, "qa.prepared_paused")


def resume_prepared(*, prepared: PreparedAnswer, by: User) -> PreparedAnswer:
    """It answers again. One that is being checked, refused or stopped stays as it is."""
    return _move(prepared, {Status.PAUSED}, Status.ON, by, "qa.prepared_resumed")


def stop_prepared(*, prepared: PreparedAnswer, by: User) -> PreparedAnswer:
    """Ops: it answers nothing until ops release it. What it has answered stays."""
    live: set[str] = {Status.SCREENING, Status.ON, Status.PAUSED, Status.REJECTED}
    row = _move(prepared, live, Status.STOPPED, by, "qa.prepared_stopped")
    _tell(row, _("The platform has stopped a prepared answer of yours"), row.title)
    return row


def release_prepared(*, prepared: PreparedAnswer, by: User) -> PreparedAnswer:
    """Ops: the shop may switch it on again; words that never passed are checked then."""
    passed = prepared.passed_digest == digest(prepared)
    back = Status.PAUSED if passed else Status.REJECTED
    return _move(prepared, {Status.STOPPED}, back, by, "qa.prepared_released")


@transaction.atomic
def _move(prepared: PreparedAnswer, allowed: set[str], status: str, by: User, action: str) -> PreparedAnswer:
    changed = PreparedAnswer.objects.filter(pk=prepared.pk, status__in=allowed).update(status=status)
    prepared.refresh_from_db(fields=["status"])
    if changed:
        audit.record(actor=by, action=action, target=prepared)
    return prepared


def _tell(prepared: PreparedAnswer, title: str, body: str) -> None:
    notify(
        user=prepared.created_by,
        kind="prepared_answer",
        key=f"{prepared.public_id}:{prepared.status}:{timezone.now():%Y%m%d%H%M}",
        title=title,
        body=body,
        link="/m/prepared/",
    )
