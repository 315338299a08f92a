"""The frame around every page: who is here, where they can go, what waits for them there."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

import chat.selectors
import orders.selectors
import qa.selectors
from merchants.models import Membership
from notifications.selectors import unread_count

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """One entry of the merchants' navigation.

    Attributes:
        view: URL name.
        within: beginnings of URL names that belong to this place.
        capability: what a member must be allowed to do to see it (merchants.models.Membership).
        warm: its count is running time, so it may be warm; all others are grey.
        rule: a line above it.
        tab: has a place on a phone's tab bar; the others are found under Shop there.
        count: how many wait there for this member.
    """

    view: str
    icon: str
    label: Promise
    within: tuple[str, ...]
    capability: str = ""
    warm: bool = False
    rule: bool = False
    tab: bool = False
    count: Callable[[Membership], int] | None = None


PLACES = (
    Place("dashboard", "home", _("Today"), ("dashboard",), tab=True),
    Place(
        "qa:inbox",
        "message-2-question",
        _("Questions"),
        ("qa:inbox", "qa:workbench", "qa:snippet", "qa:prepared"),
        "answer",
        warm=True,
        tab=True,
        count=qa.selectors.open_invitation_count,
    ),
    Place("chat:inbox", "messages", _("Chats"), ("chat:",), "chat", tab=True, count=chat.selectors.unread_count),
    Place(
        "orders:list", "package", _("Orders"), ("orders:",), "orders", tab=True, count=orders.selectors.to_ship_count
    ),
    Place("shops:products", "shopping-bag", _("Products"), ("shops:product",), "catalogue"),
    Place("crm:followers", "users", _("Customers"), ("crm:",), "chat"),
    Place("merchants:staff", "id-badge-2", _("Staff"), ("merchants:staff",), "staff", rule=True),
    Place("qa:preferences", "adjustments", _("Which questions reach you"), ("qa:preferences", "qa:why"), "settings"),
    Place("shops:settings", "settings", _("Shop settings"), ("shops:settings",), "settings"),
)
SHOP_TAB = Place("more", "building-store", _("Shop"), ("more",), tab=True)


@dataclass
class Entry:
    """A place as this request sees it."""

    place: Place
    url: str
    on: bool
    count: int = 0

    icon = property(lambda self: self.place.icon)
    label = property(lambda self: self.place.label)
    warm = property(lambda self: self.place.warm)
    rule = property(lambda self: self.place.rule)


@dataclass
class Shell:
    """Everything base templates ask for; each figure is read once, and only when a template shows it."""

    request: HttpRequest

    @cached_property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("wx_theme")
        return chosen if chosen in THEMES else "light"

    @cached_property
    def membership(self):
        """Who this person is in which merchant (merchants.middleware), or None."""
        return getattr(self.request, "membership", None)

    @property
    def merchant_name(self) -> str:
        return str(self.membership.merchant.shop) if self.membership else ""

    @cached_property
    def news(self) -> int:
        """What the person was told and has not looked at."""
        return unread_count(self.membership.user_id) if self.membership else 0

    @property
    def person_name(self) -> str:
        return str(getattr(self.request, "user", ""))

    @property
    def role_name(self) -> str:
        return self.membership.get_role_display() if self.membership else ""

    @property
    def here(self) -> str:
        """Name of the page that is shown; the polled navigation is told which page it stands on."""
        name = getattr(self.request.resolver_match, "view_name", "") or ""
        return self.request.GET.get("at", "") if name == "dashboard_nav" else name

    @property
    def nav_url(self) -> str:
        return f"{reverse('dashboard_nav')}?{urlencode({'at': self.here})}"

    @property
    def live_url(self) -> str:
        return settings.WEBSOCKET_URL

    @property
    def shop(self):
        """The shop whose "taking questions" switch this person may turn, or None."""
        return self.membership.merchant.shop if self.membership and self.membership.can("answer") else None

    @property
    def may_set(self) -> bool:
        return self.membership is not None and self.membership.can("settings")

    @cached_property
    def nav(self) -> list[Entry]:
        return [self._entry(place) for place in PLACES if self._may_see(place)]

    @cached_property
    def without_tab(self) -> list[Entry]:
        """What a phone finds under Shop; some roles have nothing there."""
        return [entry for entry in self.nav if not entry.place.tab]

    @cached_property
    def tabs(self) -> list[Entry]:
        tabs = [entry for entry in self.nav if entry.place.tab]
        shop = self._entry(SHOP_TAB)
        shop.on = shop.on or any(entry.on for entry in self.without_tab)
        return [*tabs, shop]

    def _may_see(self, place: Place) -> bool:
        return self.membership is not None and (not place.capability or self.membership.can(place.capability))

    def _entry(self, place: Place) -> Entry:
        count = place.count(self.membership) if place.count else 0
        return Entry(place, reverse(place.view), self.here.startswith(place.within), count)


def shell(request: HttpRequest) -> dict:
    """Context processor: `shell`, lazy, so that pages without the frame pay nothing."""
    return {"shell": SimpleLazyObject(lambda: Shell(request))}
