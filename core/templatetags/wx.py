"""The parts of Weixuan's screens as template tags and filters; docs/design.md shows each in use.

They are template builtins (settings), so a template needs no {% load %}.
"""

import re
import zlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import yuan as money_text

register = template.Library()

ICONS = "vendor/tabler-icons"
# Runs of digits with their signs: money, times, fractions, and dates such as 11月28日.
NUMBER = re.compile(r"\d+月\d+日|[¥−+-]?[¥]?\d[\d.,:*/–%]*(?: / \d+)?")
SOON_SECONDS, NOW_SECONDS = 300, 120
AVATAR_COLOURS = 6


# Icons and logo


@lru_cache(maxsize=512)
def icon_paths(name: str) -> str:
    """The inside of the `<svg>` of Tabler's outline icon `name`.

    Raises:
        LookupError: the icon set is installed and has no such icon.
    """
    found = finders.find(f"{ICONS}/{name}.svg")
    path = Path(found) if found else Path(settings.STATIC_ROOT) / ICONS / f"{name}.svg"
    if path.exists():
        return re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)[1].strip()
    # Without the npm packages (a bare test run) pages still render, icons stay empty.
    if finders.find(f"{ICONS}/home.svg"):
        raise LookupError(f"Tabler has no icon {name!r}")
    return ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A Tabler icon, drawn inline; decorative unless `label` names it."""
    voice = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return mark_safe(  # noqa: S308 (our own pinned npm package; `label` is escaped above)
        '<svg class="wx-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" {voice}>{icon_paths(name)}</svg>'
    )


@register.inclusion_tag("parts/logo.html")
def logo(size: int = 32) -> dict:
    """Weixuan's mark: a slip that is also a speech bubble. `size` in px."""
    return {"size": size}


# Numbers and times


@register.filter
def n(text: object) -> SafeString:
    """Set the runs of digits in `text` in the number face; everything is escaped."""
    if isinstance(text, SafeString) and ("<" in text or "&" in text):
        return text  # markup; a template's own literals are SafeStrings too, and are plain
    parts, end, text = [], 0, str(text)
    for found in NUMBER.finditer(text):
        parts += [conditional_escape(text[end : found.start()]), format_html('<span class="wx-n">{}</span>', found[0])]
        end = found.end()
    return mark_safe("".join([*parts, conditional_escape(text[end:])]))  # noqa: S308 (parts are escaped)


@register.filter
def yuan(amount_fen: int | None) -> SafeString | str:
    """Exact money in ink: 50850 fen -> ¥508.50."""
    return "" if amount_fen is None else format_html('<span class="wx-money">{}</span>', money_text(amount_fen))


@register.filter
def price(amount_fen: int | None) -> SafeString | str:
    """A price in warm, the one place where money is coloured."""
    if amount_fen is None:
        return ""
    return format_html('<span class="wx-price"><small>¥</small>{}</span>', money_text(amount_fen).replace("¥", ""))


@register.filter
def count(number: int | None) -> str:
    """4286 -> 4,286; 12000 -> 1.2 万 (in English 12,000); never for money in orders."""
    if number is None:
        return ""
    for size, unit in ((100_000_000, _("hundred million")), (10_000, _("ten thousand"))):
        # English has no such units: there the msgid stays untranslated and the number exact.
        if number >= size and not unit.isascii():
            return f"{number / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{number:,}"


@register.filter
def percent(share: float | None) -> str:
    """0.425 -> 43%; what is not quite 0 or 1 is never shown as 0% or 100%."""
    if share is None:
        return ""
    whole = round(100 * share)
    if whole in (0, 100) and share not in (0, 1):
        return "<1%" if whole == 0 else ">99%"
    return f"{whole}%"


@register.filter
def ago(moment: datetime | None) -> str:
    """刚刚, 12 分钟前, 昨天 20:16, 11月8日 20:16, 2025年11月8日 20:16."""
    if moment is None:
        return ""
    now, local = timezone.localtime(), timezone.localtime(moment)
    minutes = int((now - local).total_seconds() // 60)
    if 0 <= minutes < 60:
        return ngettext("%(n)d min ago", "%(n)d min ago", minutes) % {"n": minutes} if minutes else _("Just now")
    clock = date_format(local, "H:i")
    if local.date() == now.date():
        return clock
    if local.date() == now.date() - timedelta(days=1):
        return _("Yesterday %(time)s") % {"time": clock}
    return f"{day(local)} {clock}"


@register.filter
def day(moment: date | None) -> str:
    """11月8日, with the year when it isn't this one. Takes a date or a moment."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    same_year = moment.year == timezone.localtime().year
    # Translators: Django date formats; Chinese: n月j日 and Y年n月j日
    return date_format(moment, _("M j") if same_year else _("M j, Y"))


@register.filter
def seconds_left(deadline: datetime | None) -> int:
    """Whole seconds from now until `deadline`, never below 0."""
    return 0 if deadline is None else max(0, int((deadline - timezone.now()).total_seconds()))


@register.filter
def duration(seconds: int | None) -> str:
    """A spoken length: 45 秒, 6 分钟, 3 小时, 2 天."""
    if seconds is None:
        return ""
    for size, text in ((86400, _("%(n)s d")), (3600, _("%(n)s h")), (60, _("%(n)s min"))):
        if seconds >= size:
            return text % {"n": round(seconds / size)}
    return _("%(n)s s") % {"n": int(seconds)}


@register.filter
def clock(seconds: int) -> str:
    """102 -> 1:42; above an hour 1:02:05."""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


# Page head


@register.simple_block_tag(takes_context=True)
def page_head(context, content, title: str, sub: str = "", back: str = ""):
    """Title, one sentence, and at most two actions in the block, the primary one last.

    On a phone the title becomes the sticky top bar. `back`: URL of the page one level up.
    """
    own = {"content": content, "title": title, "sub": sub, "back": back}
    shared = {name: context.get(name) for name in ("shell", "request", "csrf_token")}
    return mark_safe(render_to_string("parts/page_head.html", {**shared, **own}))  # noqa: S308 (the template escapes)


# The slip


def urgency(seconds: int) -> str:
    """CSS class of the three steps: above 5 minutes ink, 2 to 5 amber, below 2 solid warm."""
    if seconds <= 0:
        return "wx-slip-over"
    return "wx-slip-now" if seconds <= NOW_SECONDS else "wx-slip-soon" if seconds <= SOON_SECONDS else ""


register.filter("urgency", urgency)


@register.simple_block_tag
def slip(
    content,
    left: int | None = None,
    window: int = 1800,
    kind: str = "",
    here: bool = False,
    word: str = "",
    id: str = "",
):
    """The slip around its body.

    Args:
        left: seconds left, sent by the server and ticked by the browser; None for a slip without a clock.
        window: seconds the merchant had in all, for the bar.
        kind: "hero", "line" or "".
        here: the reader is looking at this one (soft instead of solid colour).
        word: what the stub says instead of a time ("已回答"); used when `left` is None.
        id: the article's id; give a stable one wherever a list is polled.
    """
    classes = [
        "wx-slip",
        f"wx-slip-{kind}" if kind else "",
        urgency(left) if left is not None else "",
        "wx-slip-here" if here else "",
    ]
    context = {"content": content, "left": left, "window": window, "word": word, "id": id}
    return mark_safe(render_to_string("parts/slip.html", {**context, "classes": " ".join(filter(None, classes))}))  # noqa: S308


@register.inclusion_tag("parts/slots.html")
def slots(taken: int, total: int) -> dict:
    """How many of the answer slots are taken."""
    return {"taken": taken, "total": total, "range": [i < taken for i in range(total)]}


@register.inclusion_tag("parts/facts.html")
def facts(pairs) -> dict:
    """The facts of a slip. `pairs`: a dict, or (name, value) pairs."""
    return {"pairs": pairs.items() if hasattr(pairs, "items") else pairs}


@register.simple_tag
def bar(value: float, maximum: float = 100, tone: str = "") -> SafeString:
    """A thin progress bar; `tone` "amber" or ""."""
    return format_html(
        '<progress class="wx-bar {}" value="{}" max="{}" aria-hidden="true"></progress>',
        f"wx-bar-{tone}" if tone else "", value, maximum or 1,
    )  # fmt: skip


@register.simple_tag
def avatar(name: str, size: str = "", image: str = "") -> SafeString:
    """A round picture, or the first character on a colour that stays with the name. `size` "s", "" or "l"."""
    name = str(name or "?")
    colour = zlib.crc32(name.encode()) % AVATAR_COLOURS + 1
    inside = format_html('<img src="{}" alt="" loading="lazy">', image) if image else name[0].upper()
    return format_html(
        '<span class="wx-avatar wx-avatar-{}{}" aria-hidden="true">{}</span>',
        colour, f" wx-avatar-{size}" if size else "", inside,
    )  # fmt: skip


@register.simple_tag
def thumb(image: str = "", size: str = "", alt: str = "") -> SafeString:
    """A product's picture or a quiet placeholder. `size` "xs" (40 px), "s" (48), "" (64)."""
    inside = format_html('<img src="{}" alt="{}" loading="lazy">', image, alt) if image else icon("photo")
    return format_html('<span class="wx-thumb{}">{}</span>', f" wx-thumb-{size}" if size else "", inside)


# Lists


@register.inclusion_tag("parts/views_bar.html", takes_context=True)
def views_bar(context, tabs, current, param: str = "view") -> dict:
    """Status tabs. `tabs`: (value, label, count or None); the choice lives in the URL as `param`."""
    links = []
    for value, label, *number in tabs:
        query = context["request"].GET.copy()
        for stale in ("cursor", "page"):
            query.pop(stale, None)
        query[param] = value
        links.append(
            {"url": f"?{query.urlencode()}", "label": label, "count": (number or [None])[0], "on": value == current}
        )
    return {"links": links}


@register.inclusion_tag("parts/filter_chip.html", takes_context=True)
def filter_chip(context, param: str, value: str, label: str, number: int | None = None) -> dict:
    """A filter that a click turns on or off; it lives in the URL as `param`=`value`."""
    query = context["request"].GET.copy()
    on = query.get(param) == value
    for stale in ("cursor", "page", param):
        query.pop(stale, None)
    if not on:
        query[param] = value
    return {"url": f"?{query.urlencode()}", "label": label, "number": number, "on": on}


@register.inclusion_tag("parts/search_box.html", takes_context=True)
def search_box(context, label: str, param: str = "q") -> dict:
    """A search box that keeps the other filters. `label` is placeholder and accessible name."""
    query = context["request"].GET
    kept = [(k, v) for k, v in query.items() if k not in (param, "cursor", "page")]
    return {"label": label, "param": param, "value": query.get(param, ""), "kept": kept}


# States and figures


@register.simple_block_tag
def empty_state(content, title: str, text: str = "", kind: str = "first"):
    """Nothing to show: `kind` "first" (a drawing), "filtered" or "error"; the block holds at most one button."""
    context = {"content": content, "title": title, "text": text, "kind": kind}
    return mark_safe(render_to_string("parts/empty_state.html", context))  # noqa: S308 (the template escapes)


@register.simple_block_tag
def note(content, kind: str = ""):
    """A sentence in a soft box: `kind` "", "error", "tip" or "good"."""
    return mark_safe(render_to_string("parts/note.html", {"content": content, "kind": kind}))  # noqa: S308


@register.inclusion_tag("parts/funnel.html")
def funnel(steps) -> dict:
    """Figures side by side. `steps`: dicts of name, value, unit, note, tone ("up", "late" or ""), share (0 to 100)."""
    return {"steps": steps}


@register.inclusion_tag("parts/chart.html")
def chart(id: str, data: dict, label: str) -> dict:
    """A bar chart; `label` says the finding for those who can't see it.

    `data`: {"days": ["11/8", …], "series": [{"name": …, "values": […], "tone": "bar" or "qing"}, …]}.
    """
    return {"id": id, "data": data, "label": label}
