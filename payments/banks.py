"""Where a merchant's bank account is kept: chosen from WeChat's lists, since an application must name it as WeChat does.

The lists are asked for while a form is filled in, never inside a transaction, and remembered for a day.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

import wechat.clients
from core.cache import remembered
from core.errors import DomainError, Invalid
from wechat.clients.pay import Bank, Branch
from wechat.errors import WeChatError

# What WeChat calls every bank that it doesn't name; then the branch must be named.
OTHER_BANK = "其他银行"
DATA = Path(__file__).parent / "data" / "cities.csv"
DAY = 24 * 3600
T = TypeVar("T")


class BanksUnavailable(DomainError):
    status = 503
    code = "banks_unavailable"
    title = _("WeChat does not tell its list of banks just now; what you typed is kept, try again in a moment")


@dataclass(frozen=True)
class Account:
    """A bank, its city and where needed its branch, as an application names them (payments.services FIELDS)."""

    bank: str
    bank_alias: str
    bank_alias_code: str
    bank_address_code: str
    bank_branch_id: str = ""
    bank_branch: str = ""


@once
def cities() -> dict[str, tuple[str, str]]:
    """Code of GB/T 2260 (省市区编号对照表) -> (city, province), by code."""
    with DATA.open(encoding="utf-8") as file:
        return {row["code"]: (row["name"], row["province"]) for row in csv.DictReader(file)}


def banks(*, company: bool) -> list[Bank]:
    """Those that keep accounts of companies, or of people. Raises BanksUnavailable."""
    return _remembered(f"payments.banks.{company}", lambda: wechat.clients.pay().list_banks(corporate=company))


def branches(*, bank: Bank, address_code: str) -> list[Branch]:
    """The bank's branches in a city; [] where WeChat has none there. Raises BanksUnavailable."""

    def ask() -> list[Branch]:
        client, (city, province) = wechat.clients.pay(), cities()[address_code]
        numbers = client.list_provinces()
        if province not in numbers:
            return []
        city_code = client.list_cities(province_code=numbers[province]).get(city)
        return client.list_branches(alias_code=bank.alias_code, city_code=city_code) if city_code else []

    return _remembered(f"payments.branches.{bank.alias_code}.{address_code}", ask)


def choose(*, company: bool, alias_code: str, address_code: str, branch_id: str = "") -> Account:
    """What was chosen, held against WeChat's lists.

    Raises:
        Invalid: with `fields` bank_alias_code, bank_address_code or bank_branch_id; BanksUnavailable.
    """
    bank = next((row for row in banks(company=company) if row.alias_code == alias_code), None)
    fields: dict[str, list] = {}
    if bank is None:
        fields["bank_alias_code"] = [_("Choose your bank")]
    if address_code not in cities():
        fields["bank_address_code"] = [_("Choose the city of the bank")]
    if fields or bank is None:
        raise Invalid(fields=fields)
    account = Account(bank.account_bank, bank.alias, bank.alias_code, address_code)
    if not bank.need_branch:
        return account
    found = next((row for row in branches(bank=bank, address_code=address_code) if row.branch_id == branch_id), None)
    if found is None:
        raise Invalid(fields={"bank_branch_id": [_("This bank wants its branch to be named: choose it")]})
    return Account(bank.account_bank, bank.alias, bank.alias_code, address_code, found.branch_id, found.name)


def _remembered(key: str, ask: Callable[[], T]) -> T:
    try:
        return remembered(key, DAY, ask)
    except WeChatError as error:
        raise BanksUnavailable from error
