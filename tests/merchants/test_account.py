"""WeChat Pay's account of a merchant: its owner hears what becomes of it."""

import pytest

from notifications.models import InboxItem
from payments.models import SubMerchant
from payments.signals import sub_merchant_changed

from .factories import make_member, make_merchant, owner_of

pytestmark = pytest.mark.django_db


def change(merchant, status: str, **fields) -> None:
    account = merchant.sub_merchant
    if status == "active":
        fields["sub_mchid"] = "1900000001"
    SubMerchant.objects.filter(pk=account.pk).update(status=status, **fields)
    account.refresh_from_db()
    sub_merchant_changed.send(sender=SubMerchant, sub_merchant=account)


@pytest.mark.parametrize(
    ("status", "title", "result"),
    [
        ("needs_action", "微信支付在等你操作", "待你操作"),
        ("active", "收款账户已开通", "已开通"),
        ("rejected", "收款账户没有通过", "没有通过"),
    ],
)
def test_owner_is_told_once_of_each_state(status, title, result):
    merchant = make_merchant(can_sell=False)
    agent = make_member(merchant)
    for _ in range(2):
        change(merchant, status, wechat_state=status.upper(), reason="银行账号：户名不符")
    item = InboxItem.objects.get(kind="account_changed")
    assert (item.user, item.title, item.link) == (owner_of(merchant).user, title, "/m/")
    assert item.push.data["phrase2"] == result
    assert not InboxItem.objects.filter(user=agent.user, kind="account_changed").exists()


def test_a_state_that_needs_nobody_is_kept_quiet():
    change(make_merchant(can_sell=False), "submitted", wechat_state="AUDITING")
    assert not InboxItem.objects.filter(kind="account_changed").exists()


def test_an_account_without_a_merchant_tells_nobody():
    account = SubMerchant.objects.create(out_request_no="nobody", status="rejected")
    sub_merchant_changed.send(sender=SubMerchant, sub_merchant=account)
    assert not InboxItem.objects.exists()


def test_today_says_why_no_question_comes(client):
    merchant = make_merchant(can_sell=False)
    client.force_login(owner_of(merchant).user)
    assert "微信支付正在开通收款账户" in client.get("/m/").content.decode()
    change(merchant, "needs_action", wechat_state="NEED_SIGN", sign_url="https://pay.example/sign/1")
    page = client.get("/m/").content.decode()
    assert 'href="https://pay.example/sign/1"' in page
    change(merchant, "active", wechat_state="FINISH")
    assert "微信支付在等你操作" not in client.get("/m/").content.decode()
