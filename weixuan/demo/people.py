"""Who lives in the demo: owners, staff, ops and buyers, those who matter with a phone in the sandbox."""

from typing import Any

from accounts.models import User, WeChatIdentity
from accounts.services import bind_identity, grant_consent, save_address
from merchants.models import Role
from merchants.services import add_member
from shops.models import Shop

from .sandbox import Sandbox

# Whose owners have a phone: the others would only crowd the phone page.
WITH_PHONE = ("山南茶器", "半木器物", "云窑陶社")
FIRST_SHOP = "山南茶器"
AGENT = "小禾"
OPS = "ops"
BUYERS = {
    # The first is the one that the buyer's page takes (weixuan.buyer_demo).
    "林女士": ("林晓", "13800006072", "浙江省", "杭州市", "西湖区", "文三路 168 号 3 幢 502"),
    "老陈": ("陈国栋", "13900001188", "上海市", "上海市", "徐汇区", "天钥桥路 333 弄 12 号 801"),
    "Momo": ("莫婷", "13700004521", "广东省", "深圳市", "南山区", "科苑南路 2666 号 B 座 1203"),
    "小雨": ("周小雨", "13600007744", "四川省", "成都市", "武侯区", "科华北路 62 号 2 单元 1501"),
}
# Whose user name begins so was made by the seed.
SEEDED = "demo:"
CONSENT_VERSION = "2026-11"


def seed_person(name: str, sandbox: Sandbox, *, follows: bool = False, phone: bool = True) -> User:
    """The person behind the user name "demo:<name>", bound to the sandbox's phone of the same name where there is one."""
    username = f"{SEEDED}{name}"
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(username=username, nickname=name)
    person = sandbox.person(name, follows=follows) if phone else None
    if person:
        for kind, openid in (
            (WeChatIdentity.Kind.MINI_PROGRAM, "mini_openid"),
            (WeChatIdentity.Kind.OFFICIAL_ACCOUNT, "oa_openid"),
        ):
            bind_identity(user=user, kind=kind, openid=person[openid], unionid=person["unionid"])
        WeChatIdentity.objects.filter(user=user, kind=WeChatIdentity.Kind.OFFICIAL_ACCOUNT).update(
            is_following=person["follows"]
        )
    return User.objects.get(pk=user.pk)


def seed_owner(entry: dict, sandbox: Sandbox) -> User:
    return seed_person(entry["persona"], sandbox, follows=True, phone=entry["name"] in WITH_PHONE)


def seed_agent(shop: Shop, sandbox: Sandbox) -> User:
    agent = seed_person(AGENT, sandbox, follows=True)
    add_member(merchant=shop.merchant, user=agent, role=Role.AGENT, by=None)
    return agent


def seed_ops() -> User:
    ops, made = User.objects.get_or_create(
        username=OPS, defaults={"nickname": "运营", "is_staff": True, "is_superuser": True}
    )
    if made:
        ops.set_unusable_password()
        ops.save(update_fields=["password"])
    return ops


def seed_buyers(sandbox: Sandbox) -> list[User]:
    buyers = []
    for name, address in BUYERS.items():
        buyer = seed_person(name, sandbox)
        if not buyer.addresses.exists():
            name_parts = ("name", "phone", "province", "city", "district", "detail")
            fields: dict[str, Any] = dict(zip(name_parts, address, strict=True))
            save_address(user=buyer, **fields)
            # Personal ranking too, so that it can be seen; the buyer's page switches it off.
            for purpose in ("terms", "privacy", "personalisation"):
                grant_consent(user=buyer, purpose=purpose, version=CONSENT_VERSION)
        buyers.append(buyer)
    return buyers
