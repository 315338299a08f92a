"""Banks, their branches and the cities these lie in (/v3/capital/capitallhh), as applications must name them."""

from dataclasses import dataclass
from typing import Any

from .core import PayCore, encode_path

ROOT = "/v3/capital/capitallhh"
PER_CALL = 200
# Pages of PER_CALL that are read of one list: a bank has at most some thousand branches in a city.
MOST_PAGES = 25


@dataclass(frozen=True)
class Bank:
    """`alias` is what people call it, `account_bank` what applications name it (其他银行 for most)."""

    alias: str
    alias_code: str
    account_bank: str
    need_branch: bool


@dataclass(frozen=True)
class Branch:
    """`branch_id` is the 联行号."""

    name: str
    branch_id: str


class Banks(PayCore):
    def list_banks(self, *, corporate: bool) -> list[Bank]:
        """All banks that keep accounts of companies, or of people."""
        rows = self._all(f"{ROOT}/banks/{'corporate' if corporate else 'personal'}-banking", {})
        return [Bank(r["bank_alias"], r["bank_alias_code"], r["account_bank"], r["need_bank_branch"]) for r in rows]

    def list_provinces(self) -> dict[str, int]:
        """Name -> WeChat's number, which is not that of GB/T 2260."""
        answer = self.call("GET", f"{ROOT}/areas/provinces")
        return {row["province_name"]: row["province_code"] for row in answer["data"]}

    def list_cities(self, *, province_code: int) -> dict[str, int]:
        """The same for the cities of a province."""
        answer = self.call("GET", encode_path(f"{ROOT}/areas/provinces/{{}}/cities", str(province_code)))
        return {row["city_name"]: row["city_code"] for row in answer["data"]}

    def list_branches(self, *, alias_code: str, city_code: int) -> list[Branch]:
        """A bank's branches in a city (`list_cities`)."""
        rows = self._all(encode_path(f"{ROOT}/banks/{{}}/branches", alias_code), {"city_code": city_code})
        return [Branch(row["bank_branch_name"], row["bank_branch_id"]) for row in rows]

    def _all(self, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for _page in range(MOST_PAGES):
            answer = self.call("GET", path, query={**query, "offset": len(rows), "limit": PER_CALL})
            rows += answer.get("data") or []
            if not answer.get("data") or len(rows) >= answer["total_count"]:
                break
        return rows
