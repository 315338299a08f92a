"""The merchants' first page: what to do next, what waits, and how today went."""

from dataclasses import dataclass
from datetime import datetime

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

import chat.selectors
import orders.selectors
import qa.selectors
from core.money import yuan
from core.templatetags.wx import ago, day
from merchants.models import Membership
from merchants.permissions import requires
from payments.models import SubMerchant
from shops.models import Product

CHART_DAYS = 14
MATCHES_SHOWN = 3


@requires()
@require_safe
def home(request):
    """今天: the next question before any figure."""
    member, shop = request.membership, request.membership.merchant.shop
    waiting = next_slip(member) if member.can("answer") else None
    context = {
        "sub": " · ".join(
            filter(None, [date_format(timezone.localdate(), _("D, M j")), waiting and waiting["sentence"]])
        ),
        "next": waiting,
        "todo": todo(member),
        "account": account(member),
        "answers": member.can("answer"),
        "catalogue": member.can("catalogue"),
        "published": shop.products.filter(status=Product.Status.PUBLISHED).exists(),
        **(figures(member) if member.can("answer") else {}),
    }
    return render(request, "weixuan/home.html", context)


@requires()
@require_safe
def more(request):
    """店铺: what has no place on a phone's tab bar, as a list."""
    return render(request, "weixuan/more.html")


@requires()
@require_safe
def nav(request):
    """The navigation alone, polled by every page. `at` names the page that polls."""
    return render(request, "shell/nav_poll.html")


def next_slip(member: Membership) -> dict | None:
    """The open question whose clock runs out first, with what the shop has for it."""
    found = qa.selectors.next_invitation(member)
    if found is None:
        return None
    row, products = found
    number = qa.selectors.open_invitation_count(member)
    sentence = ngettext("%(n)d buyer waits for your answer", "%(n)d buyers wait for your answer", number) % {
        "n": number
    }
    return {"row": row, "products": products[:MATCHES_SHOWN], "sentence": sentence}


def account(member: Membership) -> SubMerchant | None:
    """The shop's account at WeChat Pay as long as it cannot be paid: until then no question is sent to it."""
    found = member.merchant.sub_merchant
    return found if found is not None and found.status != SubMerchant.Status.ACTIVE else None


@dataclass
class Todo:
    """A kind of work that waits, with how long the oldest of it has."""

    icon: str
    label: str
    note: str
    number: int
    url: str
    late: bool = False


def todo(member: Membership) -> list[Todo]:
    """What waits for this member, without the questions: they stand above."""
    items = []
    if member.can("chat"):
        waiting = chat.selectors.waiting(member)
        number = waiting.count()
        if number:
            since: datetime = waiting[0].waiting_since
            note = _("The oldest since %(when)s") % {"when": ago(since)}
            items.append(Todo("messages", _("Reply"), note, number, reverse("chat:inbox"), late=True))
    if member.can("ship"):
        number = orders.selectors.to_ship_count(member)
        if number:
            items.append(Todo("package", _("Ship"), _("Paid and waiting to be sent"), number, reverse("orders:list")))
    return items


def figures(member: Membership) -> dict:
    """Today's funnel and the last days; empty where nothing has happened yet."""
    history = qa.selectors.daily_adoption(member, days=CHART_DAYS)
    answered = sum(row["answered"] for row in history)
    adopted = sum(row["adopted"] for row in history)
    return {
        "funnel": funnel(member),
        "chart": chart(history) if answered else None,
        "rate": round(100 * adopted / answered) if answered else 0,
        "answered": answered,
        "adopted": adopted,
        "days": CHART_DAYS,
    }


def funnel(member: Membership) -> list[dict] | None:
    """派给 → 回答 → 选中 → 成交 of today, or None on a day without questions."""
    today = qa.selectors.today_funnel(member)
    asked, answered, adopted = today["asked"], today["answered"], today["adopted"]
    if not asked:
        return None
    number, sales_fen = orders.selectors.today_sales(member)
    of_asked, of_answers = share(answered, asked), share(adopted, answered)
    return [
        {"name": _("Sent to you"), "value": asked, "unit": _("questions today"), "share": 100},
        {
            "name": _("You answered"),
            "value": answered,
            "unit": _("questions today"),
            "note": _("%(share)s%% of what you were asked") % {"share": of_asked},
            "share": of_asked,
        },
        {
            "name": _("Buyers chose"),
            "value": adopted,
            "unit": _("times chosen"),
            "note": _("%(share)s%% of your answers") % {"share": of_answers} if answered else "",
            "share": share(adopted, asked),
        },
        {
            "name": _("Sales"),
            "value": yuan(sales_fen),
            "unit": ngettext("%(n)d order", "%(n)d orders", number) % {"n": number},
            "share": share(number, asked),
        },
    ]


def share(part: int, whole: int) -> int:
    """Whole per cent; 0 of nothing."""
    return min(100, round(100 * part / whole)) if whole else 0


def chart(history: list[dict]) -> dict:
    """What {% chart %} draws: answers behind, chosen ones before them."""
    return {
        "days": [
            day(row["day"]) if i in (0, len(history) - 1) else str(row["day"].day) for i, row in enumerate(history)
        ],
        "series": [
            {"name": _("You answered"), "values": [row["answered"] for row in history], "tone": "bar"},
            {"name": _("Buyers chose"), "values": [row["adopted"] for row in history], "tone": "qing"},
        ],
    }
