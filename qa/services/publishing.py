"""An adopted answer is made public by its buyer's consent, checked once more, and taken back at any time.

The buyer reads and may change the words before saying yes (PIPL articles 13, 14 and 15: informed, explicit, as easily
withdrawn as given). What has ended keeps no words.
"""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Address, Consent, User
from accounts.selectors import mini_program_openids
from accounts.services import grant_consent
from core import audit, outbox
from core.errors import Invalid
from core.locks import lock_row, lock_rows
from notifications.services import notify
from shops.models import Category, Shop
from shops.services.reindexing import Done, reindex
from shops.text import clean
from wechat import moderation

from ..errors import NotPublishable, WordingChanged
from ..models import Answer, PublicAnswer, PublicFeedback, ShopPreferences, Verdict
from ..public import rating, search
from ..selectors.publications import publishes
from ..understanding.anonymising import anonymise
from . import telling

MAX_WORDS, MAX_REASON = 500, 200
Status, Side = PublicAnswer.Status, PublicAnswer.Side
ENDED = {"question": "", "text": "", "search": None}


@transaction.atomic
def propose(*, answer: Answer, by: User) -> PublicAnswer:
    """Write an adopted answer for the public, for its buyer to read. A proposal that is there already stays.

    Raises:
        NotPublishable: not adopted, the shop does not want it, or it was ended by the shop, the check or ops.
    """
    # The answer's row: two proposals at once become one.
    answer = lock_row(answer)
    if answer.status != Answer.Status.ADOPTED or not publishes(answer.shop):
        raise NotPublishable
    row = PublicAnswer.objects.select_for_update().filter(answer=answer).first() or PublicAnswer(answer=answer)
    if row.pk and row.is_live:
        return row
    if row.pk and (row.status != Status.WITHDRAWN or row.withdrawn_by != Side.BUYER):
        raise NotPublishable
    question, known = answer.question, personal_words(answer.question.buyer)
    row.shop, row.category = answer.shop, question.category or _category_of_goods(answer)
    row.question = anonymise(question.text, known=known)[:MAX_WORDS]
    row.text = anonymise(answer.text, known=known)[:MAX_WORDS]
    row.status, row.verdict, row.withdrawn_by, row.ended_at = Status.PROPOSED, Verdict.PENDING, "", None
    row.consented_at, row.consent_version, row.published_at = None, "", None
    row.save()
    audit.record(actor=by, action="qa.public_proposed", target=row)
    return row


def _category_of_goods(answer: Answer) -> Category | None:
    """For a question that fits no category by its words: that of what was recommended."""
    card = answer.cards.select_related("product__category").first()
    return card.product.category if card else None


def personal_words(buyer: User) -> list[str]:
    """What is known of a person and must not stand in public."""
    known = [buyer.nickname, buyer.phone]
    for address in Address.objects.filter(user=buyer):
        known += [address.name, address.phone, address.detail]
    return [word for word in known if word]


@transaction.atomic
def consent(*, public: PublicAnswer, by: User, question: str, version: str) -> PublicAnswer:
    """The buyer agrees to the words, which are then checked. The same again changes nothing.

    Args:
        question: the buyer's wording for the public; personal data in it is hidden once more.
        version: of the text that was agreed to, 1 to 20 characters.

    Raises:
        Invalid: an empty or too long wording, or one of personal data alone; a version of another length.
        NotPublishable: it has ended, or the shop does not want it any more; WordingChanged: other words were agreed to.
    """
    row = lock_row(public)
    words = clean(question, field="question", limit=MAX_WORDS, required=True)
    words = anonymise(words, known=personal_words(row.answer.question.buyer))[:MAX_WORDS]
    if search.plan(words) is None:
        raise Invalid(fields={"question": [_("Nothing is left to read: say what was asked")]})
    if row.status in (Status.CHECKING, Status.PUBLIC):
        if row.question != words:
            raise WordingChanged
        return row
    if row.status != Status.PROPOSED or not publishes(row.shop):
        raise NotPublishable
    grant_consent(user=by, purpose=Consent.Purpose.PUBLIC_ANSWERS, version=version)
    row.question, row.status, row.verdict = words, Status.CHECKING, Verdict.PENDING
    row.consented_at, row.consent_version = timezone.now(), version
    row.save(update_fields=["question", "status", "verdict", "consented_at", "consent_version"])
    audit.record(actor=by, action="qa.public_consented", target=row, version=version)
    # A key of its own each time: who has withdrawn may agree again.
    key = f"{row.public_id}:{row.consented_at:%Y%m%d%H%M%S%f}"
    outbox.enqueue(kind="qa.screen_public", key=key, payload={"public_id": row.pk})
    return row


def screen_public(public_id: int) -> None:
    """Outbox handler: have the words checked as what anybody may read.

    Raises:
        outbox.Retry: no verdict yet, or other words meanwhile.
    """
    rows = PublicAnswer.objects.select_related("answer__staff", "answer__question__buyer")
    row = rows.filter(pk=public_id, status=Status.CHECKING).first()
    if row is None or row.verdict == Verdict.REVIEW:
        return
    openids = mini_program_openids(row.answer.question.buyer, row.answer.staff)
    with moderation.or_again():
        verdict = moderation.check_text_by_any(
            openids=openids, text=f"{row.question}\n{row.text}", scene=moderation.FORUM
        )
    with transaction.atomic():
        now = lock_row(row)
        if now.status == Status.CHECKING and (now.question, now.text) != (row.question, row.text):
            raise outbox.Retry("edited", after=1)
        conclude_public(public=now, verdict=verdict.suggest)


@transaction.atomic
def conclude_public(*, public: PublicAnswer, verdict: str, by: User | None = None) -> PublicAnswer:
    """Record the verdict: WeChat's (`by` None) or that of ops. One that no longer waits for it stays.

    Args:
        verdict: pass, review (a person must look) or risky.
    """
    row = lock_row(public)
    if row.status != Status.CHECKING:
        return row
    row.verdict = verdict
    audit.record(actor=by, action="qa.public_checked", target=row, verdict=verdict)
    if verdict == Verdict.PASSED:
        row.status, row.published_at = Status.PUBLIC, timezone.now()
        row.score = rating.score(row.helped, row.not_helped)
        row.save(update_fields=["verdict", "status", "published_at", "score"])
        PublicAnswer.objects.filter(pk=row.pk).update(search=search.vector(row.question, row.text))
        _tell_shop(row, _("An answer of yours now helps others"), row.question)
    elif verdict == Verdict.RISKY:
        _end(row, Status.REFUSED)
    else:
        row.save(update_fields=["verdict"])
    return row


def withdraw(*, public: PublicAnswer, by: User) -> PublicAnswer:
    """The buyer takes the consent back, and it is gone at once. A repeat changes nothing."""
    return _withdraw(public, by, Side.BUYER)


def decline(*, public: PublicAnswer, by: User) -> PublicAnswer:
    """The shop does not want this one to be public; for good. A repeat changes nothing."""
    return _withdraw(public, by, Side.SHOP)


@transaction.atomic
def _withdraw(public: PublicAnswer, by: User, side: str) -> PublicAnswer:
    row = lock_row(public)
    if row.is_live:
        _end(row, Status.WITHDRAWN, side=side)
        audit.record(actor=by, action="qa.public_withdrawn", target=row, side=side)
    return row


@transaction.atomic
def take_down(*, public: PublicAnswer, by: User, reason: str) -> PublicAnswer:
    """Ops: it is gone for good, and buyer and shop read why. A repeat changes nothing.

    Raises:
        Invalid: no reason, or one above 200 characters.
    """
    reason = clean(reason, field="reason", limit=MAX_REASON, required=True)
    row = lock_row(public)
    if row.status in (Status.CHECKING, Status.PUBLIC):
        _end(row, Status.TAKEN_DOWN, reason=reason)
        audit.record(actor=by, action="qa.public_taken_down", target=row, reason=reason)
        title = _("A public answer was taken down")
        _tell_shop(row, title, reason)
        buyer = row.answer.question.buyer
        link = f"pages/question/index?id={row.answer.question.public_id}"
        notify(user=buyer, kind="public_answer", key=f"{row.public_id}:down", title=title, body=reason, link=link)
    return row


@transaction.atomic
def set_publishing(*, shop: Shop, on: bool, by: User) -> None:
    """Whether adopted answers of the shop may be made public from now on. The same again is a quiet no-op."""
    shop = lock_row(shop)
    if publishes(shop) != on:
        ShopPreferences.objects.update_or_create(shop=shop, defaults={"publishes": on})
        audit.record(actor=by, action="qa.publishes" if on else "qa.publishes_not", target=shop)


@transaction.atomic
def withdraw_all(*, user: User) -> int:
    """The buyer takes every consent back at once; returns how many were live."""
    live = lock_rows(PublicAnswer.objects.of_buyer(user).filter(status__in=PublicAnswer.LIVE))
    for row in live:
        withdraw(public=row, by=user)
    return len(live)


@transaction.atomic
def forget_public(*, user: User) -> None:
    """The person is erased: what they made public ends, and what they said of others' stays without them."""
    withdraw_all(user=user)
    PublicFeedback.objects.filter(person=user).update(person=None)


def _end(row: PublicAnswer, status: str, *, side: str = "", reason: str = "") -> None:
    row.status, row.withdrawn_by, row.reason, row.ended_at = status, side, reason, timezone.now()
    for name, empty in ENDED.items():
        setattr(row, name, empty)
    row.save(update_fields=["verdict", "status", "withdrawn_by", "reason", "ended_at", *ENDED])


def _tell_shop(row: PublicAnswer, title: str, body: str) -> None:
    merchant = row.shop.merchant_id
    for user in telling.answering_staff([merchant])[merchant]:
        key = f"{row.public_id}:{row.status}"
        notify(user=user, kind="public_answer", key=key, title=title, body=body, link="/m/public/")


def reindex_public(*, after: int = 0) -> Iterator[Done]:
    """Search words of what is public; see shops.services.reindex."""
    yield from reindex(
        PublicAnswer.objects.filter(status=Status.PUBLIC), lambda row: (row.question, row.text), after=after
    )
