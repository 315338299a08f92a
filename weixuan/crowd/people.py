"""A buyer and a member of a shop's staff, step by step."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import httpx

from .client import PATIENCE_SECONDS, Client, connection, new_key, wait_until
from .live import LOOK_ANYWAY_SECONDS, Ears

ADDRESS = {
    "name": "林建国",
    "phone": "13812346072",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "文三路 168 号 3 幢 502",
}
CONSENT_VERSION = "2026-11"
SUBSCRIPTIONS = ["answer_arrived", "no_answer", "order_shipped"]


@dataclass
class Phone:
    """A person's WeChat, played by the sandbox's phone API at `sandbox_url`."""

    sandbox_url: str
    person_id: str
    nickname: str

    @classmethod
    def of(cls, sandbox_url: str, nickname: str, *, follows: bool = False) -> "Phone":
        """A new person's phone."""
        person = _post(sandbox_url, "/phone/api/people", nickname=nickname[:20], follows=follows)
        return cls(sandbox_url, person["id"], nickname)

    def do(self, what: str, **body: Any) -> dict[str, Any]:
        return _post(self.sandbox_url, f"/phone/api/people/{self.person_id}/{what}", **body)

    def login_code(self) -> str:
        return self.do("login-code")["code"]

    def subscribe(self, template_ids: list[str]) -> None:
        self.do("subscribe", template_ids=template_ids)

    def pay(self, parameters: dict[str, str]) -> dict[str, Any]:
        """wx.requestPayment with the signed parameters, and a thumb on 确认支付."""
        signed = {name: parameters[name] for name in ("timeStamp", "nonceStr", "signType", "paySign")}
        return self.do("pay", prepay_id=parameters["package"].removeprefix("prepay_id="), outcome="success", **signed)

    def confirms_receipt(self, transaction_id: str) -> bool:
        """wx.openBusinessView weappOrderConfirm. False while WeChat has not heard of the shipping."""
        try:
            self.do("receive", transaction_id=transaction_id)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.BAD_REQUEST:
                raise
            return False
        return True


class Person:
    """Somebody signed in to the API; a context manager that hangs up at its end.

    Args:
        live_url: where events are heard (/ws/); who hears nothing asks again every so often.
    """

    def __init__(self, base_url: str, phone: Phone, *, live_url: str = ""):
        self.phone = phone
        self.api = Client(base_url)
        session = self.api.sign_in(phone.login_code())
        self.id = session["user"]["id"]
        self.ears = Ears(live_url, session["token"]) if live_url else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()
        if self.ears:
            self.ears.close()

    def wait_for(self, thing: str, happened: Callable[[], Any], *, seconds: float) -> Any:
        """What `happened` answers, asked again whenever `thing` has changed. Raises TimeoutError."""
        if self.ears is None:
            return wait_until(happened, seconds=seconds)
        ears = self.ears
        ears.open()
        return wait_until(happened, seconds=seconds, pause=lambda left: ears.wait(left, thing=thing))


class Buyer(Person):
    def ask(self, text: str, *, key: str = "") -> str:
        """Ask, answer what is asked back, one after another, and let messages come. Returns the question's id."""
        self._allow_messages()
        question = self.api.post("/questions", idempotency_key=key or new_key(), text=text)
        question = self.wait_for(
            question["id"], lambda: self._unless(question["id"], "draft"), seconds=PATIENCE_SECONDS
        )
        while question["status"] == "clarifying":
            question = self._tap(question["id"], question["clarifications"][-1])
        return question["id"]

    def _tap(self, question_id: str, clarification: dict[str, Any]) -> dict[str, Any]:
        path = f"/questions/{question_id}/clarifications/{clarification['position']}"
        # One person in ten doesn't care to answer.
        if random.random() < 0.1:
            return self.api.post(path, skip=True)
        return self.api.post(path, value=random.choice(clarification["options"])["value"])

    def wait_for_answers(self, question_id: str, *, at_least: int = 1, seconds: float = 120) -> dict[str, Any]:
        """The question once it has that many answers. Raises TimeoutError."""

        def enough() -> dict[str, Any] | None:
            question = self.api.get(f"/questions/{question_id}")
            return question if len(question["answers"]) >= at_least else None

        return self.wait_for(question_id, enough, seconds=seconds)

    def adopt(self, answer: dict[str, Any]) -> str:
        """Choose an answer. Returns the conversation's id."""
        return self.api.post(f"/answers/{answer['id']}/adopt")["conversation_id"]

    def say(self, conversation_id: str, text: str) -> dict[str, Any]:
        return self.api.post(
            f"/conversations/{conversation_id}/messages", kind="text", text=text, client_msg_id=new_key()
        )

    def address_id(self) -> str:
        found = self.api.get("/addresses")
        rows = found["results"] if isinstance(found, dict) else found
        return (rows or [self.api.post("/addresses", **ADDRESS)])[0]["id"]

    def order(self, quote_id: str, *, key: str = "") -> dict[str, Any]:
        """Order what a card offers."""
        return self.api.post(
            "/orders", idempotency_key=key or new_key(), quote_id=quote_id, address_id=self.address_id()
        )

    def pay(self, order_id: str) -> None:
        parameters = self.api.post(f"/orders/{order_id}/prepay", idempotency_key=new_key())
        self.phone.pay(parameters)

    def wait_for_order(self, order_id: str, status: str, *, seconds: float = 120) -> dict[str, Any]:
        """The order once it is in `status`. Raises TimeoutError."""

        def reached() -> dict[str, Any] | None:
            order = self.api.get(f"/orders/{order_id}")
            return order if order["status"] == status else None

        return self.wait_for(order_id, reached, seconds=seconds)

    def receive(self, order_id: str) -> None:
        """确认收货 at WeChat, as soon as WeChat knows of the parcel, and in the mini-program."""
        transaction_id = self.api.get(f"/orders/{order_id}")["wechat_transaction_id"]
        wait_until(lambda: self.phone.confirms_receipt(transaction_id), seconds=PATIENCE_SECONDS)
        self.api.post(f"/orders/{order_id}/receive")

    def publish(self, answer_id: str) -> None:
        """Let the answer help others, in the words that are proposed."""
        proposed = self.api.post(f"/answers/{answer_id}/publication")
        self.api.put(f"/answers/{answer_id}/publication", question=proposed["question"], version=CONSENT_VERSION)

    def look_around(self, wish: str) -> dict[str, Any] | None:
        """The public answer that is likest to what this person is about to ask."""
        found = self.api.get("/public-questions", q=wish, limit=1)["results"]
        return found[0] if found else None

    def judge(self, public_id: str, *, helped: bool) -> None:
        """Say whether it helped; who asked it themselves has no voice."""
        if self.api.get(f"/public-questions/{public_id}")["can_judge"]:
            self.api.put(f"/public-questions/{public_id}/feedback", helped=helped)

    def _allow_messages(self) -> None:
        offered = {row["kind"]: row["template_id"] for row in self.api.get("/subscriptions")}
        self.phone.subscribe([offered[kind] for kind in SUBSCRIPTIONS])
        self.api.post("/subscriptions", kinds=SUBSCRIPTIONS, key=new_key())

    def _unless(self, question_id: str, status: str) -> dict[str, Any] | None:
        question = self.api.get(f"/questions/{question_id}")
        return None if question["status"] == status else question


class Staff(Person):
    def look_up(self) -> None:
        """From here on listen for what is new: what came before is seen by the look that follows."""
        if self.ears:
            self.ears.open()
            self.ears.forget()

    def wait_for_work(self, seconds: float = LOOK_ANYWAY_SECONDS) -> None:
        """Until something of the shop's changed, or the time is over."""
        if self.ears:
            self.ears.wait(seconds)

    def waiting(self) -> list[dict[str, Any]]:
        """Questions that wait for this shop."""
        return self.api.get("/shop/invitations", tab="waiting")

    def answer(self, invitation_id: str, text: str, *, key: str = "") -> dict[str, Any]:
        """Answer with the product that fits best."""
        invitation = self.api.get(f"/shop/invitations/{invitation_id}")
        cards = [{"sku_id": self._sku_of(product)} for product in invitation["products"][:1]]
        return self.api.post(
            f"/shop/invitations/{invitation_id}/answer", idempotency_key=key or new_key(), text=text, cards=cards
        )

    def pass_on(self, invitation_id: str) -> None:
        self.api.post(f"/shop/invitations/{invitation_id}/pass")

    def _sku_of(self, product_id: str) -> str:
        skus = self.api.get(f"/products/{product_id}")["skus"]
        return next(sku["id"] for sku in skus if sku["stock"])

    def to_ship(self) -> list[dict[str, Any]]:
        return self.api.get("/shop/orders", tab="to_ship")["results"]

    def ship(self, order_id: str, tracking_no: str, company: str = "ZTO") -> None:
        self.api.post(f"/shop/orders/{order_id}/ship", company=company, tracking_no=tracking_no)


@cache
def _wechat(sandbox_url: str) -> httpx.Client:
    return connection(sandbox_url, timeout=15)


def _post(sandbox_url: str, path: str, **body: Any) -> dict[str, Any]:
    response = _wechat(sandbox_url).post(path, json=body)
    response.raise_for_status()
    return response.json()
