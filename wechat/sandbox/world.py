"""Everything one sandbox knows, in one object that each handler is given."""

import datetime
import secrets
import string
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from . import catalogue, credentials, records
from .clock import Clock
from .config import Config
from .envelope import Keys
from .faults import Faults
from .store import Store

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class World:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.credentials = credentials.load(config.data_dir)
        self.keys = Keys(self.credentials)
        self.clock = Clock(config.clock_speed)
        self.faults = Faults()
        self.journal: deque[dict[str, Any]] = deque(maxlen=3000)
        self.store = Store(config.data_dir / "sandbox.sqlite3" if config.persistent else None)
        self.finished: deque[records.Delivery] = deque(maxlen=1000)
        self.agenda: list[tuple[float, str, str]] = []
        self.wake: Callable[[], None] = lambda: None
        table = self.store.table
        self.settings = table(records.Setting, "name")
        self.people = table(records.Person, "id", ("oa_openid", "mini_openid"))
        self.messages = table(records.Message, "id")
        self.codes = table(records.Code, "code")
        self.tokens = table(records.Token, "value")
        self.usage = table(records.Usage, "key")
        self.qrcodes = table(records.QrCode, "ticket", ("short",))
        self.templates = table(records.Template, "template_id")
        self.sent_templates = table(records.SentTemplate, "key")
        self.prepays = table(records.Prepay, "prepay_id")
        self.orders = table(records.Order, "key", ("transaction_id",))
        self.combines = table(records.Combine, "combine_out_trade_no")
        self.refunds = table(records.Refund, "refund_id", ("key",))
        self.splits = table(records.Split, "order_id", ("key",))
        self.split_returns = table(records.SplitReturn, "return_no", ("key",))
        self.receivers = table(records.Receiver, "key")
        self.applyments = table(records.Applyment, "applyment_id", ("out_request_no",))
        self.sub_merchants = table(records.SubMerchant, "mchid")
        self.transfers = table(records.Transfer, "transfer_bill_no", ("out_bill_no", "package_info"))
        self.media = table(records.Media, "media_id")
        self.deliveries = table(records.Delivery, "id")
        self._resume()

    def _resume(self) -> None:
        stood = self.settings.get("work_clock")
        if stood and stood.value > self.clock.work():
            # Due times were written on a clock that ran ahead of the real one.
            self.clock.advance_work(stood.value - self.clock.work())
        self._furnish()

    def _furnish(self) -> None:
        for template in catalogue.TEMPLATES:
            if self.templates.get(template.template_id) is None:
                self.templates.save(template)
        self.store.commit()

    def reset(self) -> None:
        """Forget every person, message, payment, fault and passed time; keep keys and settings of the process."""
        self.store.clear()
        self.clock.reset()
        self.journal.clear()
        self.faults.clear()
        self.finished.clear()
        self.agenda.clear()
        self._furnish()

    def commit(self) -> None:
        if self.store.has_changes:
            self.settings.save(records.Setting("work_clock", self.clock.work()))
            self.store.commit()

    def account(self, name: str) -> credentials.Account:
        return self.credentials.official_account if name == "oa" else self.credentials.mini_program

    def account_of(self, appid: str | None) -> str | None:
        """Return "oa" or "mini" for an appid, None for a foreign one."""
        return next((name for name in ("oa", "mini") if self.account(name).appid == appid), None)

    def person_by_openid(self, openid: Any, account: str) -> records.Person | None:
        if not isinstance(openid, str):
            return None
        return self.people.find(**{f"{account}_openid": openid})


def timestamp(moment: float | None = None) -> str:
    """RFC 3339 in China's time, as WeChat Pay writes it."""
    moment = time.time() if moment is None else moment
    return datetime.datetime.fromtimestamp(moment, CHINA).isoformat(timespec="seconds")


def digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(count))


def unique_id() -> str:
    return uuid.uuid4().hex
