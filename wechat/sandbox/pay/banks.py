"""Banks, areas and branches (/v3/capital/capitallhh): few of each, in the shape of the whole lists."""

import zlib
from typing import Any

from .errors import PayError
from .protocol import Call

# alias, alias code, account_bank, its code, whether a branch must be named
PERSONAL = [
    ("工商银行", "1000009561", "工商银行", 1001, False),
    ("交通银行", "1000009562", "交通银行", 1002, False),
    ("招商银行", "1000009563", "招商银行", 1003, False),
    ("农业银行", "1000009564", "农业银行", 1004, False),
    ("建设银行", "1000009565", "建设银行", 1005, False),
    ("邮储银行", "1000009566", "邮储银行", 1006, False),
    ("中国银行", "1000009567", "中国银行", 1007, False),
    ("杭州银行", "1000009601", "其他银行", 1099, True),
    ("江西银行", "1000009602", "其他银行", 1099, True),
    ("农村信用合作社", "1000009603", "其他银行", 1099, True),
]
CORPORATE = [*PERSONAL, ("深圳前海微众银行", "1000009611", "其他银行", 1099, True)]
# Province -> (number, {city: number}). The numbers are WeChat's own and none of GB/T 2260.
AREAS = {
    "北京市": (1, {"北京市": 10}),
    "上海市": (9, {"上海市": 290}),
    "浙江省": (11, {"杭州市": 386, "宁波市": 387, "丽水市": 396}),
    "江苏省": (10, {"南京市": 301, "无锡市": 302, "苏州市": 305}),
    "福建省": (13, {"福州市": 410, "泉州市": 414}),
    "江西省": (14, {"南昌市": 430, "景德镇市": 431}),
    "广东省": (22, {"广州市": 535, "深圳市": 536}),
    "云南省": (25, {"昆明市": 640, "普洱市": 647}),
}
LARGEST = 200


def personal(call: Call) -> dict[str, Any]:
    return _page(call, [_bank(row) for row in PERSONAL])


def corporate(call: Call) -> dict[str, Any]:
    return _page(call, [_bank(row) for row in CORPORATE])


def provinces(call: Call) -> dict[str, Any]:
    data = [{"province_name": name, "province_code": code} for name, (code, _cities) in AREAS.items()]
    return {"data": data, "total_count": len(data)}


def cities(call: Call) -> dict[str, Any]:
    wanted = call.number("province_code")
    found = next((cities for code, cities in AREAS.values() if str(code) == wanted), None)
    if found is None:
        raise PayError("PARAM_ERROR", "省份编码不存在")
    data = [{"city_name": name, "city_code": code} for name, code in found.items()]
    return {"data": data, "total_count": len(data)}


def branches(call: Call) -> dict[str, Any]:
    bank = next((row for row in CORPORATE if row[1] == call.number("bank_alias_code")), None)
    wanted = call.query.get("city_code", "")
    city = next((name for _code, cities in AREAS.values() for name, code in cities.items() if str(code) == wanted), "")
    if bank is None or not city:
        raise PayError("PARAM_ERROR", "银行别名编码或城市编码不存在")
    names = [f"{bank[0]}{city}{part}支行" for part in ("城东", "城西", "高新")]
    data = [{"bank_branch_name": name, "bank_branch_id": branch_id(name)} for name in names]
    facts = _bank(bank)
    del facts["need_bank_branch"]
    return {**_page(call, data), **facts}


def branch_id(name: str) -> str:
    """A number of twelve digits that stays with the name."""
    return f"3{zlib.crc32(name.encode()):010d}9"


def _bank(row: tuple[str, str, str, int, bool]) -> dict[str, Any]:
    names = ("bank_alias", "bank_alias_code", "account_bank", "account_bank_code", "need_bank_branch")
    return dict(zip(names, row, strict=True))


def _page(call: Call, rows: list[dict[str, Any]]) -> dict[str, Any]:
    offset, limit = call.query.get("offset", "0"), call.query.get("limit", "")
    if not limit.isdecimal() or not 1 <= int(limit) <= LARGEST or not offset.isdecimal():
        raise PayError("PARAM_ERROR", f"limit应为1到{LARGEST}的整数")
    part = rows[int(offset) : int(offset) + int(limit)]
    links = {"self": "", "prev": "", "next": ""}
    return {"total_count": len(rows), "count": len(part), "data": part, "offset": int(offset), "links": links}
