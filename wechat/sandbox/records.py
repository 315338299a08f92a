"""What the sandbox remembers. Times named `*_work` are on the accelerated clock, `*_now` on the
validity clock (clock.py), both in Unix seconds; times named `*_time` are RFC 3339 text as reported."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Person:
    """One phone and its owner, with an openid at each account and a unionid that joins them."""

    id: str
    nickname: str
    unionid: str
    oa_openid: str
    mini_openid: str
    phone: str
    follows: bool = False
    subscribe_time: int = 0
    subscribe_scene: str = "ADD_SCENE_OTHERS"
    qr_scene: str = ""
    blocks: bool = False
    credits: dict[str, int] = field(default_factory=dict)
    visited_now: float = 0.0
    windows: dict[str, list] = field(default_factory=dict)


@dataclass
class Message:
    """One thing the phone shows: `account` is "oa", "service" (服务通知) or "pay"."""

    id: str
    person_id: str
    account: str
    kind: str
    title: str
    sent: float
    text: str = ""
    fields: list = field(default_factory=list)
    link: str = ""
    mini_path: str = ""
    mine: bool = False
    template_id: str = ""


@dataclass
class Code:
    code: str
    kind: str
    person_id: str
    issued_now: float
    used: bool = False


@dataclass
class Token:
    value: str
    account: str
    stable: bool
    expires_now: float


@dataclass
class Usage:
    """Calls counted against one quota: `key` names the account, the call and the period."""

    key: str
    count: int = 0


@dataclass
class QrCode:
    ticket: str
    short: str
    account: str
    scene: str
    page: str = ""
    created: float = 0.0
    expires_now: float = 0.0


@dataclass
class Template:
    """`fields` holds [key, label] pairs; the key names its type, as in `thing1`."""

    template_id: str
    kind: str
    title: str
    fields: list


@dataclass
class SentTemplate:
    """Remembers a client_msg_id, which makes a repeated template message harmless."""

    key: str
    msgid: int
    sent_now: float


@dataclass
class Prepay:
    prepay_id: str
    orders: list
    appid: str
    notify_url: str
    expires_now: float
    combine: str = ""


@dataclass
class Order:
    """One payment of one sub-merchant, alone or as part of a combined one (`combine`).

    Money in fen: `held` is frozen for splitting, `released` went to the sub-merchant's account.
    """

    key: str
    mchid: str
    sub_mchid: str
    out_trade_no: str
    request: dict
    total: int
    profit_sharing: bool
    prepay_id: str
    expires_now: float
    combine: str = ""
    person_id: str = ""
    openid: str = ""
    state: str = "NOTPAY"
    transaction_id: str = ""
    success_time: str = ""
    paid_work: float = 0.0
    fee: int = 0
    held: int = 0
    released: int = 0
    refunded: int = 0
    refund_count: int = 0
    last_refund_work: float = 0.0
    split: int = 0
    split_count: int = 0
    split_finished: bool = False
    settled: bool = False
    shipping: dict | None = None
    shipping_count: int = 0
    shipped_work: float = 0.0
    shipped_time: str = ""
    received_work: float = 0.0
    received_time: str = ""
    received_by_user: bool = False
    reminded: bool = False


@dataclass
class Combine:
    combine_out_trade_no: str
    request: dict
    prepay_id: str
    orders: list


@dataclass
class Refund:
    refund_id: str
    key: str
    order: str
    request: dict
    amount: int
    status: str
    due_work: float
    create_time: str
    from_held: int = 0
    from_released: int = 0
    success_time: str = ""


@dataclass
class Split:
    order_id: str
    key: str
    order: str
    request: dict
    status: str
    due_work: float
    receivers: list = field(default_factory=list)
    finish: bool = False


@dataclass
class SplitReturn:
    return_no: str
    key: str
    split: str
    request: dict
    result: str
    due_work: float
    finish_time: str


@dataclass
class Receiver:
    key: str
    type: str
    account: str
    relation_type: str


@dataclass
class Applyment:
    applyment_id: str
    out_request_no: str
    request: dict
    created_work: float
    sub_mchid: str = ""
    signed: bool = False
    rejected: list = field(default_factory=list)


@dataclass
class SubMerchant:
    """A 二级商户 and its balances in fen."""

    mchid: str
    name: str
    available: int = 0
    pending: int = 0


@dataclass
class Transfer:
    transfer_bill_no: str
    out_bill_no: str
    request: dict
    amount: int
    openid: str
    state: str
    package_info: str
    create_time: str
    update_time: str
    expires_work: float
    fail_reason: str = ""


@dataclass
class Media:
    media_id: str
    sha256: str
    filename: str


@dataclass
class Delivery:
    """One push or notice on its way to the platform. `message` is its content before any envelope."""

    id: str
    kind: str
    event: str
    url: str
    message: dict
    schedule: list
    due_work: float
    created: float
    attempt: int = 0
    state: str = "waiting"
    outcomes: list = field(default_factory=list)
    trick: str = ""
    probed: bool = False
    person_id: str = ""


@dataclass
class Setting:
    """A fact about the sandbox itself, such as where its clock stood."""

    name: str
    value: Any
