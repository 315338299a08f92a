"""Carriers by WeChat's delivery id (get_delivery_list), in the order of how often they carry a small shop's parcel."""

from django.utils.translation import gettext_lazy as _

CARRIERS = {
    "SF": _("SF Express"),
    "ZTO": _("ZTO Express"),
    "YTO": _("YTO Express"),
    "YD": _("Yunda Express"),
    "STO": _("STO Express"),
    "JTSD": _("J&T Express"),
    "JD": _("JD Logistics"),
    "EMS": _("EMS"),
    "YZPY": _("China Post"),
    "DBL": _("Deppon Express"),
}
# WeChat takes this carrier only together with the receiver's masked phone number.
WANTS_PHONE = "SF"
EXPRESS, SAME_CITY, VIRTUAL, SELF_PICKUP = 1, 2, 3, 4
LOGISTICS_TYPES = {
    EXPRESS: _("Parcel"),
    SAME_CITY: _("Same-city courier"),
    VIRTUAL: _("No parcel"),
    SELF_PICKUP: _("Pick-up"),
}


def carrier_name(code: str) -> str:
    return str(CARRIERS.get(code, code))
