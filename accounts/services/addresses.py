"""Where a buyer wants things sent."""

import re

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.errors import AddressInvalid, TooManyAddresses
from accounts.locks import lock_person
from accounts.models import Address, User
from core import audit
from core.locks import lock_row

# Mainland mobile numbers: 11 digits, 13 to 19 (工业和信息化部, 电信网编号计划 2017).
MOBILE = re.compile(r"1[3-9]\d{9}")
MAX_ADDRESSES = 20
# Field -> longest value, in characters; all but `district` are needed.
LENGTHS = {"name": 20, "phone": 20, "province": 20, "city": 30, "district": 30, "detail": 120}


def normal_mobile(text: str) -> str:
    """ "+86 138 1234 5678" -> "13812345678"; "" for what is no Chinese mobile number."""
    digits = re.sub(r"[\s-]", "", text)
    digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", digits)
    return digits if MOBILE.fullmatch(digits) and digits.isascii() else ""


@transaction.atomic
def save_address(*, user: User, address: Address | None = None, **fields) -> Address:
    """Add an address, or change the given fields of `address`.

    The first one becomes the default; making another the default takes it from the old one.

    Args:
        fields: name, phone, province, city, district, detail (texts) and is_default.

    Raises:
        AddressInvalid: with `fields`.
        TooManyAddresses: a new one beyond 20.
        AccountDisabled: the account was closed meanwhile.
    """
    lock_person(user)  # Two requests must not both find "no default yet" either.
    others = Address.objects.filter(user=user)
    if address is None:
        if others.count() >= MAX_ADDRESSES:
            raise TooManyAddresses
        address = Address(user=user, is_default=not others.exists())
    else:
        address = lock_row(address)
    wants_default = fields.pop("is_default", None)
    _apply(address, fields)
    if wants_default:
        others.exclude(pk=address.pk).filter(is_default=True).update(is_default=False)
        address.is_default = True
    is_new = address.pk is None
    address.save()
    audit.record(actor=user, action="accounts.address_added" if is_new else "accounts.address_changed", target=address)
    return address


@transaction.atomic
def remove_address(*, address: Address) -> None:
    """Forget an address; the newest other one becomes the default where this one was. A repeat is a no-op."""
    user = lock_row(address.user)
    current = Address.objects.filter(pk=address.pk).first()
    if current is None:
        return
    audit.record(actor=user, action="accounts.address_removed", target=current)
    current.delete()
    newest = Address.objects.filter(user=user).order_by("-pk").first()
    if current.is_default and newest is not None:
        Address.objects.filter(pk=newest.pk).update(is_default=True)


def _apply(address: Address, fields: dict) -> None:
    errors: dict[str, list[object]] = {}
    for name, limit in LENGTHS.items():
        value = " ".join(str(fields.get(name, getattr(address, name))).split())
        if name != "district" and not value:
            errors[name] = [_("This is needed")]
        elif len(value) > limit or "\0" in value:
            errors[name] = [_("At most %(limit)d characters") % {"limit": limit}]
        setattr(address, name, value)
    if "phone" not in errors:
        address.phone = normal_mobile(address.phone)
        if not address.phone:
            errors["phone"] = [_("Please give a mainland mobile number of 11 digits")]
    if errors:
        raise AddressInvalid(fields=errors)
