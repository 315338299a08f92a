"""Telling people. The inbox row is written in the caller's transaction; WeChat only points to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

import wechat.clients
from accounts.models import User, WeChatIdentity
from accounts.selectors import identity_of
from core import audit, outbox
from core.errors import Conflict, Invalid
from core.prepared import OnConflict, Prepared, insert
from wechat.errors import WeChatError

from . import live
from .models import InboxItem, Push, SubscriptionCredit, SubscriptionCreditEntry
from .templates import TEMPLATES


class PushNotRetryable(Conflict):
    code = "push_not_retryable"


def notify(
    *,
    user: User,
    kind: str,
    key: str,
    title: str,
    body: str = "",
    link: str = "",
    fields: dict[str, str] | None = None,
) -> InboxItem:
    """Tell a person something, once.

    Args:
        kind: what sort of news; a key of notifications.templates.TEMPLATES is pushed over WeChat too.
        key: makes the same news one row, such as a public id.
        title, body: for the inbox, at most 80 and 200 characters; longer is cut.
        link: a dashboard path for staff, a mini-program page for buyers.
        fields: values of the kind's template.
    """
    item = InboxItem(user=user, kind=kind, key=key, title=title[:80], body=body[:200], link=link)
    if not insert(item, on_conflict=OnConflict.IGNORE, unique=("user", "kind", "key")):
        return InboxItem.objects.get(user=user, kind=kind, key=key)
    live.send_to_user(user, {"type": "inbox.new", "id": item.public_id, "kind": kind})
    if template := TEMPLATES.get(kind):
        push = Push(item=item, channel=template.channel, template=kind, data=template.fill(fields or {}))
        insert(push)
        outbox.enqueue(kind="notifications.push", key=str(push.pk), payload={"push_id": push.pk})
    return item


@dataclass(frozen=True)
class News:
    """Something to tell a person: what `notify` takes."""

    user: User
    key: str
    title: str
    body: str = ""
    link: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def notify_many(*, kind: str, news: Sequence[News]) -> int:
    """As `notify` for each, in a few statements for all. Returns how many were new."""
    items = [
        InboxItem(user=one.user, kind=kind, key=one.key, title=one.title[:80], body=one.body[:200], link=one.link)
        for one in news
    ]
    InboxItem.objects.bulk_create(items, ignore_conflicts=True)
    # PostgreSQL doesn't say which were left out; those that are there under the ids that we gave are ours.
    written = InboxItem.objects.filter(public_id__in=[item.public_id for item in items])
    keys = dict(written.order_by().values_list("public_id", "pk"))
    fresh = [(item, one) for item, one in zip(items, news, strict=True) if item.public_id in keys]
    live.send_many(
        [(live.user_group(one.user), {"type": "inbox.new", "id": item.public_id, "kind": kind}) for item, one in fresh]
    )
    if template := TEMPLATES.get(kind):
        pushes = Push.objects.bulk_create(
            Push(item_id=keys[item.public_id], channel=template.channel, template=kind, data=template.fill(one.fields))
            for item, one in fresh
        )
        outbox.enqueue_many(
            kind="notifications.push",
            promises=[outbox.Promise(str(push.pk), {"push_id": push.pk}) for push in pushes],
        )
    return len(fresh)


def mark_read(*, user: User, item_ids: list[str] | None = None) -> int:
    """Mark these items read, or all of them. Foreign and unknown ids are passed over. Returns how many changed."""
    items = InboxItem.objects.filter(user=user, read_at=None)
    if item_ids is not None:
        items = items.filter(public_id__in=item_ids)
    return items.update(read_at=timezone.now())


def grant_subscriptions(*, user: User, templates: list[str], key: str) -> None:
    """Note that the person agreed to one message of each template. The same `key` again counts once.

    Raises:
        Invalid: a template that is no subscribe message.
    """
    unknown = [t for t in templates if t not in TEMPLATES or TEMPLATES[t].channel != Push.Channel.SUBSCRIBE]
    if unknown:
        raise Invalid(fields={"templates": [f"{name}?" for name in unknown]})
    for template in sorted(set(templates)):
        with transaction.atomic():
            credit, _ = SubscriptionCredit.objects.get_or_create(user=user, template=template)
            _book(credit, +1, SubscriptionCreditEntry.Reason.GRANTED, f"grant:{key}")


def deliver_push(push_id: int) -> None:
    """Outbox handler: send one push. A send whose outcome is unknown is marked, never blindly repeated."""
    push = _take(push_id)
    if push is None:
        return
    identity = _recipient(push)
    if identity is None:
        _close(push, Push.Status.UNREACHABLE)
        return
    try:
        msgid = _send(push, identity)
    except WeChatError as error:
        _handle(push, error)
    else:
        _sent.update(pk=push.pk, msgid=msgid, now=timezone.now())


def retry_push(*, push: Push, by: User) -> None:
    """Ops' decision to send again what failed, or what nobody knows about.

    Raises:
        PushNotRetryable: it was sent, or is on its way.
    """
    with transaction.atomic():
        changed = (
            Push.objects.filter(pk=push.pk)
            .exclude(status__in=[Push.Status.SENT, Push.Status.SENDING, Push.Status.PENDING])
            .update(status=Push.Status.PENDING, error_code="", error="")
        )
        if not changed:
            raise PushNotRetryable
        audit.record(actor=by, action="notifications.push_retried", target=push)
        # Made anew where it is done with and forgotten (core.tasks.prune).
        event = outbox.enqueue(kind="notifications.push", key=str(push.pk), payload={"push_id": push.pk})
        outbox.OutboxEvent.objects.filter(pk=event.pk).update(status="failed")
        outbox.retry_now(event=event)


def record_template_result(*, msgid: str, succeeded: bool, detail: str) -> None:
    """TEMPLATESENDJOBFINISH: WeChat says later what became of a template message."""
    if not succeeded:
        Push.objects.filter(wechat_msgid=msgid, status=Push.Status.SENT).update(
            status=Push.Status.FAILED, error_code="not_delivered", error=detail[:200]
        )


@transaction.atomic
def forget_news(*, user: User) -> None:
    """The person is erased: nothing that we told them is kept."""
    InboxItem.objects.filter(user=user).delete()
    SubscriptionCredit.objects.filter(user=user).delete()


def _take(push_id: int) -> Push | None:
    """Claim the push, or decide what a claim that never ended means."""
    taken = _taken.update(pk=push_id)
    push = _with_item.first(pk=push_id)
    if taken:
        return push
    if push.status == Push.Status.SENDING:
        # An earlier worker died between asking WeChat and noting the answer.
        _close(push, Push.Status.UNKNOWN, error_code="worker_lost")
        raise outbox.Unknown("worker_lost")
    return None


@Prepared(pk=int)
def _taken(pk):
    waiting = Push.objects.filter(pk=pk, status=Push.Status.PENDING)
    return waiting, {"status": Push.Status.SENDING, "attempts": F("attempts") + 1}


@Prepared(pk=int)
def _with_item(pk):
    return Push.objects.select_related("item").filter(pk=pk).order_by()


def _recipient(push: Push) -> WeChatIdentity | None:
    kind = (
        WeChatIdentity.Kind.OFFICIAL_ACCOUNT
        if push.channel == Push.Channel.TEMPLATE
        else WeChatIdentity.Kind.MINI_PROGRAM
    )
    return identity_of(push.item.user_id, kind)


def _send(push: Push, identity: WeChatIdentity) -> str:
    template_id = TEMPLATES[push.template].wechat_id
    if push.channel == Push.Channel.TEMPLATE:
        return wechat.clients.official_account().send_template_message(
            openid=identity.openid,
            template_id=template_id,
            fields=push.data,
            url=f"{settings.PUBLIC_URL}{push.item.link}" if push.item.link else "",
            client_msg_id=push.public_id,
        )
    wechat.clients.mini_program().send_subscribe_message(
        openid=identity.openid, template_id=template_id, fields=push.data, page=push.item.link
    )
    _spend(push)
    return ""


def _handle(push: Push, error: WeChatError) -> None:
    """The policy per error: retry what passes by itself, give up what cannot, mark what nobody knows."""
    why = {"error_code": error.code, "error": error.message[:200]}
    if error.unknown_outcome:
        _close(push, Push.Status.UNKNOWN, **why)
        raise outbox.Unknown(error.code, error.message)
    if error.is_out_of_credit:
        _empty_credit(push)
        _close(push, Push.Status.NO_CREDIT, **why)
        return
    if error.is_not_following:
        _close(push, Push.Status.NOT_FOLLOWING, **why)
        return
    if error.permanent:
        _close(push, Push.Status.FAILED, **why)
        raise outbox.GiveUp(error.code, error.message)
    _close(push, Push.Status.PENDING, **why)
    raise outbox.Retry(error.code, error.message, after=60 if error.is_rate_limited else None)


def _close(push: Push, status: str, **fields) -> None:
    Push.objects.filter(pk=push.pk, status=Push.Status.SENDING).update(status=status, **fields)


@Prepared(pk=int, msgid=str, now=datetime)
def _sent(pk, msgid, now):
    sending = Push.objects.filter(pk=pk, status=Push.Status.SENDING)
    return sending, {"status": Push.Status.SENT, "wechat_msgid": msgid, "sent_at": now}


def _spend(push: Push) -> None:
    credit = SubscriptionCredit.objects.filter(user=push.item.user_id, template=push.template).first()
    if credit is not None:
        with transaction.atomic():
            _book(credit, -1, SubscriptionCreditEntry.Reason.SENT, f"push:{push.public_id}")


def _empty_credit(push: Push) -> None:
    """43101: whatever we believed, WeChat says that nothing is left."""
    with transaction.atomic():
        credit = (
            SubscriptionCredit.objects.select_for_update()
            .filter(user=push.item.user_id, template=push.template, balance__gt=0)
            .first()
        )
        if credit is not None:
            _book(credit, -credit.balance, SubscriptionCreditEntry.Reason.REFUSED, f"refused:{push.public_id}")


def _book(credit: SubscriptionCredit, delta: int, reason: str, key: str) -> None:
    """Write an entry and move the balance with it; the entry's key makes a repeat a no-op."""
    try:
        with transaction.atomic():
            SubscriptionCreditEntry.objects.create(credit=credit, delta=delta, reason=reason, key=key)
            # Our books may lag behind WeChat's: a send that succeeded without credit leaves zero, not minus one.
            moved = SubscriptionCredit.objects.filter(pk=credit.pk)
            if delta < 0:
                moved = moved.filter(balance__gte=-delta)
            moved.update(balance=F("balance") + delta)
    except IntegrityError:
        return
