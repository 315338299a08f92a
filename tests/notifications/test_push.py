"""Telling people, over the sandbox that takes messages as WeChat does."""

import pytest
from django.db import transaction

from accounts.models import User, WeChatIdentity
from core import outbox
from core.errors import Invalid
from core.models import OutboxEvent
from notifications import services
from notifications.models import InboxItem, Push, SubscriptionCredit
from notifications.templates import TEMPLATES

pytestmark = pytest.mark.django_db

INVITATION = {"question": "送爸爸的茶具", "budget": "¥400-600", "deadline": "2026-11-21 20:16"}
ANSWER = {"question": "送爸爸的茶具", "shop": "山南茶器", "answers": "1"}


def known(person, kind: str, settings) -> User:
    user = User.objects.create_user(nickname=person.nickname)
    mini = kind == WeChatIdentity.Kind.MINI_PROGRAM
    WeChatIdentity.objects.create(
        user=user,
        kind=kind,
        appid=settings.WECHAT_MINI_APPID if mini else settings.WECHAT_OA_APPID,
        openid=person.mini_openid if mini else person.oa_openid,
    )
    return user


@pytest.fixture
def staff(wechat, settings):
    person = wechat.person("阿青")
    user = known(person, WeChatIdentity.Kind.OFFICIAL_ACCOUNT, settings)
    user.phone_in_hand = person
    return user


@pytest.fixture
def buyer(wechat, settings):
    person = wechat.person("林女士")
    user = known(person, WeChatIdentity.Kind.MINI_PROGRAM, settings)
    user.phone_in_hand = person
    return user


def tell_staff(user, key="1"):
    return services.notify(
        user=user, kind="invitation", key=key, title="新问题", link="/m/questions/x/", fields=INVITATION
    )


def tell_buyer(user, key="1"):
    return services.notify(
        user=user, kind="answer_arrived", key=key, title="新回答", link="pages/answers/index?id=x", fields=ANSWER
    )


def deliver(item) -> Push:
    outbox.run(OutboxEvent.objects.get(kind="notifications.push", key=str(item.push.pk)).pk)
    item.push.refresh_from_db()
    return item.push


def allow(user, kind="answer_arrived"):
    """One tap on the phone, and what the client then tells us."""
    user.phone_in_hand.subscribe([TEMPLATES[kind].wechat_id])
    services.grant_subscriptions(user=user, templates=[kind], key="tap-0001")


def balance(user, kind="answer_arrived") -> int:
    return SubscriptionCredit.objects.get(user=user, template=kind).balance


def test_staff_get_a_template_message_that_opens_the_question(staff, settings):
    push = deliver(tell_staff(staff))
    assert push.status == "sent" and push.wechat_msgid
    (message,) = [m for m in staff.phone_in_hand.messages() if m["kind"] == "template"]
    assert message["link"] == f"{settings.PUBLIC_URL}/m/questions/x/"


def test_a_push_costs_few_queries(staff, django_assert_max_num_queries):
    """Claim and finish in the outbox (4, and 2 for the savepoint), take, read, to whom, close."""
    event = OutboxEvent.objects.get(key=str(tell_staff(staff).push.pk))
    with django_assert_max_num_queries(9):
        outbox.run(event.pk)
    assert Push.objects.get().status == "sent"


def test_the_same_news_is_told_once(staff):
    first, second = tell_staff(staff), tell_staff(staff)
    assert first == second
    assert (InboxItem.objects.count(), Push.objects.count()) == (1, 1)


def test_a_delivered_push_is_not_sent_again(staff):
    push = deliver(tell_staff(staff))
    services.deliver_push(push.pk)
    assert len([m for m in staff.phone_in_hand.messages() if m["kind"] == "template"]) == 1


def test_news_without_a_template_stay_in_the_inbox(staff):
    item = services.notify(user=staff, kind="hint", key="1", title="小贴士")
    assert not Push.objects.filter(item=item).exists()


def test_a_subscribe_message_spends_a_credit(buyer):
    allow(buyer)
    assert balance(buyer) == 1
    assert deliver(tell_buyer(buyer)).status == "sent"
    assert balance(buyer) == 0


def test_without_credit_wechat_refuses_and_the_inbox_remains(buyer):
    push = deliver(tell_buyer(buyer))
    assert (push.status, push.error_code) == ("no_credit", "43101")
    assert InboxItem.objects.filter(user=buyer).count() == 1


def test_43101_empties_what_we_believed_was_left(buyer):
    services.grant_subscriptions(user=buyer, templates=["answer_arrived"], key="tap-0001")
    services.grant_subscriptions(user=buyer, templates=["answer_arrived"], key="tap-0002")
    assert deliver(tell_buyer(buyer)).status == "no_credit"
    assert balance(buyer) == 0


def test_the_same_tap_counts_once(buyer):
    for _ in range(3):
        services.grant_subscriptions(user=buyer, templates=["answer_arrived"], key="tap-0001")
    assert balance(buyer) == 1


def test_a_grant_for_a_template_message_is_refused(buyer):
    with pytest.raises(Invalid):
        services.grant_subscriptions(user=buyer, templates=["invitation"], key="tap-0001")
    assert not SubscriptionCredit.objects.exists()


def test_who_unfollowed_is_asked_to_follow_again(staff):
    staff.phone_in_hand.unfollow()
    assert deliver(tell_staff(staff)).status == "not_following"


def test_without_a_wechat_identity_nothing_is_sent(wechat):
    push = deliver(tell_staff(User.objects.create_user(nickname="只用密码")))
    assert push.status == "unreachable"


def test_a_lost_reply_is_marked_and_never_repeated_blindly(staff, wechat):
    item = tell_staff(staff)
    wechat.fault("lost_reply", "POST /cgi-bin/message/template/send")
    push = deliver(item)
    assert push.status == "unknown"
    event = OutboxEvent.objects.get(kind="notifications.push")
    assert event.status == "unknown" and not outbox.run(event.pk)
    assert len([m for m in staff.phone_in_hand.messages() if m["kind"] == "template"]) == 1


def test_a_worker_that_died_while_sending_leaves_an_unknown(staff):
    item = tell_staff(staff)
    Push.objects.update(status="sending")
    assert deliver(item).status == "unknown"
    assert staff.phone_in_hand.messages() == []


def test_a_busy_wechat_is_tried_again(staff, wechat):
    item = tell_staff(staff)
    wechat.fault("errcode", "POST /cgi-bin/message/template/send", errcode=-1)
    assert deliver(item).status == "pending"
    OutboxEvent.objects.update(due_at="2020-01-01T00:00Z")
    assert deliver(item).status == "sent"


def test_ops_can_send_an_unknown_push_again(staff, wechat):
    item = tell_staff(staff)
    Push.objects.update(status="sending")
    push = deliver(item)
    services.retry_push(push=push, by=staff)
    assert deliver(item).status == "sent"
    with pytest.raises(services.PushNotRetryable):
        services.retry_push(push=push, by=staff)


def test_a_rolled_back_story_tells_nobody(staff):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell_staff(staff)
        raise ZeroDivisionError
    assert not InboxItem.objects.exists() and not Push.objects.exists()


def test_retry_after_the_outbox_has_forgotten_the_row(buyer):
    """Done rows are pruned after a week; ops may still send again what WeChat refused then."""
    push = deliver(tell_buyer(buyer))
    assert push.status == Push.Status.NO_CREDIT
    OutboxEvent.objects.all().delete()
    services.retry_push(push=push, by=buyer)
    assert OutboxEvent.objects.get().status == OutboxEvent.Status.PENDING
