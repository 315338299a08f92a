"""The WeChat sandbox as its phone page sees it: the demo's people live there."""

from typing import Any

import httpx
from django.conf import settings

TIMEOUT_SECONDS = 3


class Sandbox:
    """`reachable` is False where no sandbox runs (benches, a bare database): the seed then does without phones."""

    def __init__(self) -> None:
        self.http = httpx.Client(base_url=settings.WECHAT_API_ROOT, timeout=TIMEOUT_SECONDS, trust_env=False)
        try:
            self.people = {person["nickname"]: person for person in self._get("/phone/api/people")["people"]}
            self.reachable = True
        except (httpx.HTTPError, KeyError, ValueError):
            self.people, self.reachable = {}, False

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def person(self, nickname: str, *, follows: bool = False) -> dict[str, Any] | None:
        """The facts of the phone called `nickname`, made if there is none; None without a sandbox."""
        if self.reachable and nickname not in self.people:
            made = self._post("/phone/api/people", {"nickname": nickname, "follows": follows})
            self.people[nickname] = made
        return self.people.get(nickname)

    def login_code(self, person_id: str) -> str:
        """wx.login in this person's hands."""
        return str(self._post(f"/phone/api/people/{person_id}/login-code", {})["code"])

    def subscribe(self, person_id: str, template_ids: list[str]) -> None:
        self._post(f"/phone/api/people/{person_id}/subscribe", {"template_ids": template_ids[:3], "accept": True})

    def open_account(self, sub_mchid: str, name: str) -> None:
        """A sub-merchant that WeChat Pay knows."""
        self._post("/control/sub-merchants", {"sub_mchid": sub_mchid, "name": name})

    def pay(self, person_id: str, prepay_id: str) -> None:
        """Confirm the payment sheet."""
        self._post(f"/phone/api/people/{person_id}/pay", {"prepay_id": prepay_id, "outcome": "success"})

    def receive(self, person_id: str, transaction_id: str) -> None:
        """确认收货 on the phone: only then does WeChat let the money go to the shop."""
        self._post(f"/phone/api/people/{person_id}/receive", {"transaction_id": transaction_id})

    def let_pass(self, seconds: float) -> None:
        """WeChat's clock runs ahead: its shipping desk hears of a payment some seconds late."""
        self._post("/control/clock", {"advance": seconds})

    def _get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()
