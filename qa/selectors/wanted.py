"""What follows from a shop's preferences: in words, and held against the questions of the last days."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import yuan
from core.templatetags.wx import day
from merchants.models import Membership
from shops.models import Block, Category, Product, Shop

from ..matching import filters
from ..models import Invitation, Question
from ..need import Need
from ..services.dispatching.rules import window
from ..wanted import Wanted

DAYS = 7
# Questions looked at, the latest first.
MOST = 2000
# Categories offered beside the shop's own.
BESIDE = 24


@dataclass
class Replay:
    """The questions of the last days: of the kinds that the shop sells, and any other that was put to it.

    Attributes:
        total: how many there were, `more` if only the latest MOST were looked at.
        through: how many of them these preferences let through, limits included.
        held: (why, how many) of the others, most first.
        asked: how many of them the shop was really asked.
    """

    total: int = 0
    through: int = 0
    asked: int = 0
    more: bool = False
    held: list[tuple[str, int]] = field(default_factory=list)


def replay(shop: Shop, wanted: Wanted, *, now: datetime | None = None) -> Replay:
    """Hold the preferences against each question at the moment when it was sent off. Who would have been preferred to
    the shop is not asked: these are those that could have reached it."""
    now = now or timezone.now()
    rows = list(_questions(shop, now)[: MOST + 1])
    found = Replay(total=min(len(rows), MOST), more=len(rows) > MOST)
    held: Counter[str] = Counter()
    days: Counter = Counter()
    ends: list[datetime] = []
    for sent_at, raw, category_id, was_asked, finished_at in reversed(rows[:MOST]):
        found.asked += was_asked
        need = Need.from_json({**raw, "category_id": category_id})
        ends = [end for end in ends if end > sent_at]
        sent_on = timezone.localdate(sent_at)
        why = wanted.refuses(need, sent_at)
        why = why or ("full" if len(ends) >= wanted.open_limit else "")
        why = why or ("daily_cap" if days[sent_on] >= wanted.day_limit else "")
        if why:
            held[why] += 1
            continue
        found.through += 1
        days[sent_on] += 1
        ends.append(finished_at or sent_at + window(1))
    found.held = [(str(filters.WORDS[why]), number) for why, number in held.most_common()]
    return found


def _questions(shop: Shop, now: datetime) -> QuerySet:
    """(sent off, need, category, whether the shop was asked, when it was done with it), the latest first."""
    since = now - timedelta(days=DAYS)
    staff = Membership.objects.filter(merchant=shop.merchant_id, removed_at=None)
    invited = Invitation.objects.filter(shop=shop).order_by()
    # Other kinds come by hand, or once the question was widened.
    concerns = Q(category__in=own_categories(shop)) | Q(pk__in=invited.values("question"))
    asked = Question.objects.filter(concerns, dispatched_at__gte=since)
    asked = asked.exclude(buyer__in=staff.values("user"))
    asked = asked.exclude(buyer__in=Block.objects.filter(shop=shop).order_by().values("buyer"))
    mine = invited.filter(question=OuterRef("pk"))
    return asked.order_by("-dispatched_at").values_list(
        "dispatched_at", "need", "category_id", Exists(mine), Subquery(mine.values("finished_at")[:1])
    )


def own_categories(shop: Shop) -> QuerySet:
    """Of what the shop has on sale."""
    on_sale = Product.objects.filter(shop=shop, status=Product.Status.PUBLISHED).exclude(category=None)
    return on_sale.order_by().values("category").distinct()


def category_choices(shop: Shop, wanted: Wanted) -> list[Category]:
    """What the shop can opt in or out of: what it sells, what it has chosen, then what lies beside."""
    own = Category.objects.filter(pk__in=own_categories(shop))
    chosen = Category.objects.filter(pk__in=[*wanted.categories_out, *wanted.categories_only])
    first = {row.pk: row for row in [*own.order_by("position", "pk"), *chosen.order_by("position", "pk")]}
    beside = Category.objects.filter(parent__children__in=list(first), children=None).exclude(pk__in=first)
    return [*first.values(), *beside.distinct().order_by("position", "pk")[:BESIDE]]


def sentences(shop: Shop, wanted: Wanted) -> list[str]:
    """What follows, as one says it: 你每天最多收到 12 个问题 …"""
    lines = (_switch(shop), _limits(wanted), _quiet(wanted), _kinds(wanted), _range(wanted), _where(wanted))
    return [line for line in lines if line]


def _switch(shop: Shop) -> str:
    if shop.takes_questions:
        return ""
    if shop.paused_until is None:
        return _("Just now no question reaches you, until you switch it on again.")
    return _("Just now no question reaches you; they come again by themselves on %(time)s.") % {
        "time": moment(shop.paused_until)
    }


def moment(at: datetime) -> str:
    """11月8日 20:16, local."""
    local = timezone.localtime(at)
    return f"{day(local)} {local:%H:%M}"


def _limits(wanted: Wanted) -> str:
    a_day = ngettext(
        "You receive at most %(n)d question a day", "You receive at most %(n)d questions a day", wanted.day_limit
    ) % {"n": wanted.day_limit}
    at_once = ngettext(
        "at most %(n)d waits for your answer at a time",
        "at most %(n)d wait for your answer at a time",
        wanted.open_limit,
    ) % {"n": wanted.open_limit}
    return _("%(one)s, and %(other)s.") % {"one": a_day, "other": at_once}


def _quiet(wanted: Wanted) -> str:
    if wanted.quiet_from == wanted.quiet_until:
        return _("Questions may come at any hour.")
    return _("Nobody disturbs you from %(start)s to %(end)s.") % {
        "start": _clock(wanted.quiet_from), "end": _clock(wanted.quiet_until),
    }  # fmt: skip


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02d}"


def _kinds(wanted: Wanted) -> str:
    chosen = wanted.categories_only or wanted.categories_out
    if not chosen:
        return _("Of every kind that you sell.")
    names = "、".join(Category.objects.filter(pk__in=chosen).order_by("position", "pk").values_list("name", flat=True))
    return (_("Only %(kinds)s.") if wanted.categories_only else _("Everything that you sell but %(kinds)s.")) % {
        "kinds": names
    }


def _range(wanted: Wanted) -> str:
    low, high = wanted.min_budget_fen, wanted.max_budget_fen
    if not low and high is None:
        return ""
    if high is None:
        line = _("None whose budget ends below %(low)s") % {"low": yuan(low)}
    elif not low:
        line = _("None whose budget begins above %(high)s") % {"high": yuan(high)}
    else:
        line = _("None whose budget lies outside %(low)s to %(high)s") % {"low": yuan(low), "high": yuan(high)}
    return _("%(line)s; buyers who name no budget are put to you.") % {"line": line}


def _where(wanted: Wanted) -> str:
    if not wanted.areas:
        return ""
    return _("Only buyers in %(areas)s, and those who don't say where they are.") % {"areas": "、".join(wanted.areas)}
