"""The frame around every page: who is here, where they can go, what waits for them there."""

from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

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
        count: dotted path of a selector that takes the membership and says how many wait.
    """

    view: str
    icon: str
    label: str
    within: tuple[str, ...]
    capability: str = ""
    warm: bool = False
    rule: bool = False
    tab: bool = False
    count: str = ""


PLACES = (
    Place("dashboard", "home", _("Today"), ("dashboard",), tab=True),
    Place(
        "qa:inbox",
        "message-2-question",
        _("Questions"),
        ("qa:",),
        "answer",
        True,
        tab=True,
        count="qa.selectors.open_invitation_count",
    ),
    Place("chat:inbox", "messages", _("Chats"), ("chat:",), "chat", tab=True, count="chat.selectors.unread_count"),
    Place(
        "orders:list", "package", _("Orders"), ("orders:",), "orders", tab=True, count="orders.selectors.to_ship_count"
    ),
    Place("shops:products", "shopping-bag", _("Products"), ("shops:product",), "catalogue"),
    Place("crm:followers", "users", _("Customers"), ("crm:",), "chat"),
    Place("merchants:staff", "id-badge-2", _("Staff"), ("merchants:staff",), "staff", rule=True),
    Place("shops:settings", "settings", _("Shop settings"), ("shops:settings",), "settings"),
)
SHOP_TAB = Place("more", "building-store", _("Shop"), ("more",), tab=True)


def url_or_none(name: str) -> str | None:
    """The URL of a page that may not be there."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


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
    home: str = field(default_factory=lambda: url_or_none("dashboard") or "/")

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

    @property
    def person_name(self) -> str:
        return str(getattr(self.request, "user", ""))

    @property
    def role_name(self) -> str:
        return self.membership.get_role_display() if self.membership else ""

    @property
    def logout(self) -> str | None:
        return url_or_none("accounts:logout")

    @property
    def account(self) -> str | None:
        return url_or_none("accounts:account")

    @property
    def switch(self) -> str | None:
        """Where a person who works for several merchants turns to another."""
        return url_or_none("merchants:switch") if len(getattr(self.request, "memberships", ())) > 1 else None

    @property
    def here(self) -> str:
        """Name of the page that is shown; the polled navigation is told which page it stands on."""
        name = getattr(self.request.resolver_match, "view_name", "") or ""
        return self.request.GET.get("at", "") if name == "dashboard_nav" else name

    @property
    def nav_url(self) -> str | None:
        url = url_or_none("dashboard_nav") if self.membership else None
        return url and f"{url}?{urlencode({'at': self.here})}"

    @property
    def live_url(self) -> str:
        return settings.WEBSOCKET_URL

    @property
    def taking_url(self) -> str | None:
        return url_or_none("shops:taking_questions")

    @property
    def shop(self):
        """The shop whose "taking questions" switch this person may turn, or None."""
        may = self.membership and self.membership.can("answer") and self.taking_url
        return self.membership.merchant.shop if may else None

    @cached_property
    def nav(self) -> list[Entry]:
        return list(filter(None, (self._entry(place) for place in PLACES)))

    @cached_property
    def tabs(self) -> list[Entry]:
        tabs = [entry for entry in self.nav if entry.place.tab]
        shop = self._entry(SHOP_TAB)
        if shop:
            shop.on = shop.on or any(entry.on for entry in self.nav if not entry.place.tab)
            tabs.append(shop)
        return tabs

    def _entry(self, place: Place) -> Entry | None:
        url = url_or_none(place.view)
        if url is None or (place.capability and not (self.membership and self.membership.can(place.capability))):
            return None
        return Entry(place, url, self.here.startswith(place.within), self._count(place))

    def _count(self, place: Place) -> int:
        if not place.count or not self.membership:
            return 0
        try:
            return import_string(place.count)(self.membership)
        except ImportError:  # until every app has its selectors
            return 0


def shell(request: HttpRequest) -> dict:
    """Context processor: `shell`, lazy, so that pages without the frame pay nothing."""
    return {"shell": SimpleLazyObject(lambda: Shell(request))}
