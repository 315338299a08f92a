"""The template tags that every page is made of."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from core.templatetags import wx

SHANGHAI = ZoneInfo("Asia/Shanghai")


def render(source: str, **context) -> str:
    return Template(source).render(Context(context))


def test_n_sets_figures_and_escapes_the_rest():
    assert wx.n("<b>7 天 & 2") == '&lt;b&gt;<span class="wx-n">7</span> 天 &amp; <span class="wx-n">2</span>'


def test_n_keeps_dates_and_money_together():
    assert wx.n("¥400–600，11月28日前") == '<span class="wx-n">¥400–600</span>，<span class="wx-n">11月28日</span>前'


def test_n_leaves_markup_alone():
    markup = mark_safe("<i>7</i>")
    assert wx.n(markup) == markup


def test_n_sets_figures_of_a_templates_own_literal():
    assert render('{{ "2 家"|n }}') == '<span class="wx-n">2</span> 家'


@pytest.mark.parametrize(("fen", "text"), [(50850, "¥508.50"), (50800, "¥508"), (428600, "¥4,286")])
def test_yuan_is_exact(fen, text):
    assert wx.yuan(fen) == f'<span class="wx-money">{text}</span>'


def test_price_is_in_warm_with_a_small_sign():
    assert wx.price(52800) == '<span class="wx-price"><small>¥</small>528</span>'
    assert wx.price(None) == ""


@pytest.mark.parametrize(
    ("number", "text"), [(4286, "4,286"), (12000, "1.2 万"), (20000, "2 万"), (350_000_000, "3.5 亿"), (None, "")]
)
def test_count_shortens_in_chinese(number, text):
    with translation.override("zh-hans"):
        assert wx.count(number) == text


def test_count_is_exact_in_english():
    with translation.override("en"):
        assert wx.count(12000) == "12,000"


def test_ago_in_the_words_of_the_design(monkeypatch):
    now = datetime(2026, 11, 21, 20, 30, tzinfo=SHANGHAI)
    monkeypatch.setattr(timezone, "now", lambda: now)
    cases = {
        timedelta(seconds=20): "刚刚",
        timedelta(minutes=12): "12 分钟前",
        timedelta(hours=3): "17:30",
        timedelta(days=1, minutes=14): "昨天 20:16",
        timedelta(days=13, minutes=14): "11月8日 20:16",
        timedelta(days=378, minutes=14): "2025年11月8日 20:16",
    }
    with translation.override("zh-hans"):
        assert [wx.ago(now - past) for past in cases] == list(cases.values())


def test_clock_and_duration():
    assert [wx.clock(102), wx.clock(3725)] == ["1:42", "1:02:05"]
    with translation.override("zh-hans"):
        assert [wx.duration(45), wx.duration(360), wx.duration(10_800), wx.duration(172_800)] == [
            "45 秒",
            "6 分钟",
            "3 小时",
            "2 天",
        ]


@pytest.mark.parametrize(
    ("seconds", "name"),
    [(301, ""), (300, "wx-slip-soon"), (120, "wx-slip-now"), (1, "wx-slip-now"), (0, "wx-slip-over")],
)
def test_urgency_has_three_steps_and_an_end(seconds, name):
    assert wx.urgency(seconds) == name


def test_slip_escapes_its_body_and_tells_the_browser_the_time():
    html = render('{% slip left=102 window=600 kind="line" id="q1" %}{{ text }}{% endslip %}', text="<script>")
    assert 'class="wx-slip wx-slip-line wx-slip-now" id="q1"' in html
    assert 'data-left="102" data-window="600"' in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_slip_without_a_clock_has_no_timer():
    html = render('{% slip word="已回答" %}x{% endslip %}')
    assert "已回答" in html
    assert "data-left" not in html


def test_avatar_keeps_its_colour_and_escapes_the_name():
    assert wx.avatar("<b>") == wx.avatar("<b>")
    assert "&lt;" in wx.avatar("<b>")


def test_filter_chip_turns_itself_on_and_off():
    request = RequestFactory().get("/", {"q": "壶", "cursor": "x"})
    on = wx.filter_chip({"request": request}, "soon", "1", "快到时间")
    assert (on["url"], on["on"]) == ("?q=%E5%A3%B6&soon=1", False)
    request = RequestFactory().get("/", {"q": "壶", "soon": "1"})
    off = wx.filter_chip({"request": request}, "soon", "1", "快到时间")
    assert (off["url"], off["on"]) == ("?q=%E5%A3%B6", True)


def test_views_bar_keeps_filters_and_drops_the_cursor():
    request = RequestFactory().get("/", {"soon": "1", "cursor": "x"})
    links = wx.views_bar({"request": request}, [("open", "待回答", 6), ("missed", "错过的")], "open")["links"]
    assert [(link["url"], link["count"], link["on"]) for link in links] == [
        ("?soon=1&view=open", 6, True),
        ("?soon=1&view=missed", None, False),
    ]


def icons_installed() -> bool:
    return finders.find(f"{wx.ICONS}/home.svg") is not None


@pytest.mark.skipif("not icons_installed()", reason="the npm packages are not installed")
def test_an_unknown_icon_is_refused():
    with pytest.raises(LookupError, match="no-such-icon"):
        wx.icon("no-such-icon")


@pytest.mark.skipif("not icons_installed()", reason="the npm packages are not installed")
def test_every_icon_that_a_template_names_exists():
    templates = Path(settings.BASE_DIR, "templates").rglob("*.html")
    named = {name for path in templates for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    assert named
    assert all(wx.icon_paths(name) for name in named)
