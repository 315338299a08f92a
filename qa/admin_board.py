"""Ops' board: 派单看板. One page that asks for itself again; its figures come from qa.selectors.board."""

import csv
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from shops.forms import WORDS, CategoryField
from shops.models import Category

from .models import Question, Wave
from .need import Need, facts
from .selectors import board as figures

LIVE_SECONDS = 5
DAY_NAMES = {1: gettext_lazy("Today"), 7: gettext_lazy("7 days"), 30: gettext_lazy("30 days")}
STEP_NAMES = {
    "asked": gettext_lazy("Questions asked"),
    "passed": gettext_lazy("Passed the check"),
    "dispatched": gettext_lazy("Went to shops"),
    "invited": gettext_lazy("Found a shop"),
    "answered": gettext_lazy("Have an answer"),
    "adopted": gettext_lazy("Chose an answer"),
    "paid": gettext_lazy("Paid for an order"),
}


class CategoryForm(forms.Form):
    """Of which category the board tells; none is all."""

    category = CategoryField(label=gettext_lazy("Category"), required=False, inner=True)


@dataclass(frozen=True)
class Chosen:
    days: int
    category: Category | None = None

    @property
    def scope(self) -> dict[str, int | None]:
        return {"days": self.days, "category_id": self.category.pk if self.category else None}


class BoardPages:
    """Mixin of QuestionAdmin: the board, and the list of unanswered questions as a file. For who may look at questions."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("board/", wrap(self.board_view), name="qa_board"),
            path("board/unanswered.csv", wrap(self.unanswered_csv), name="qa_board_csv"),
            *super().get_urls(),
        ]

    def board_view(self, request):
        """The whole page, or with `part` what has moved since the reader's last look: 204 when nothing has."""
        form = CategoryForm(request.GET)
        chosen = _chosen(self, request, form)
        found = figures.board(**chosen.scope)
        live = render_to_string("admin/qa/board_live.html", _context(found, chosen), request=request)
        mark = hashlib.sha256(live.encode()).hexdigest()[:16]
        if request.GET.get("part"):
            if request.GET.get("seen") == mark:
                return HttpResponse(status=204)
            return HttpResponse(_box(live, mark, chosen))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dispatch board"),
            "days": [(days, name, _url(replace(chosen, days=days))) for days, name in DAY_NAMES.items()],
            "chosen": chosen,
            "form": form,
            "csv_url": _url(chosen, name="admin:qa_board_csv"),
            "live": _box(live, mark, chosen),
        }
        return render(request, "admin/qa/board.html", context)

    def unanswered_csv(self, request):
        """What nobody answered, without who asked. That it was taken is noted."""
        chosen = _chosen(self, request, CategoryForm(request.GET))
        scope = figures.scope_of(**chosen.scope)
        audit.record(
            actor=request.user, action="qa.unanswered_exported", target=request.user, days=scope.days,
            category=scope.category_id,
        )  # fmt: skip
        head = [_("Asked"), _("Category"), _("question"), _("Conditions"), _("city"), _("status"), _("Shops asked")]
        lines = _Lines()
        rows = csv.writer(lines)
        words = dict(Question.Status.choices)

        def written():
            # A byte order mark, or Excel reads Chinese as something else.
            yield "\ufeff" + rows.writerow([*head, _("Link")])
            for row in figures.unanswered_rows(scope):
                yield rows.writerow([_plain(cell) for cell in _cells(row, words)])

        response = StreamingHttpResponse(written(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="unanswered-{timezone.localdate()}-{scope.days}d.csv"'
        return response


class _Lines:
    """A file that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _cells(row: dict, words: dict) -> list[Any]:
    category = " / ".join(filter(None, [row["category__parent__name"], row["category__name"]]))
    wishes = "；".join(f"{fact['label']} {fact['value']}" for fact in facts(Need.from_json(row["need"])))
    return [
        date_format(timezone.localtime(row["created_at"]), "Y-m-d H:i"), category, row["text"], wishes, row["city"],
        words[row["status"]], row["shops_asked"], _question_list({"q": row["public_id"]}, absolute=True),
    ]  # fmt: skip


def _plain(cell: Any) -> Any:
    """A spreadsheet must not take a buyer's words for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _chosen(desk, request, form: CategoryForm) -> Chosen:
    """What is asked for. Words that name no category leave it at all of them, and the form says so."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    days = request.GET.get("days", "1")
    if days not in map(str, figures.DAYS):
        raise Http404
    if not form.is_valid() and not request.GET.get(f"category{WORDS}"):
        raise Http404
    return Chosen(int(days), form.cleaned_data.get("category"))


def _url(chosen: Chosen, name: str = "admin:qa_board", **more) -> str:
    query = {"days": chosen.days, "category": chosen.category.public_id if chosen.category else "", **more}
    return f"{reverse(name)}?{urlencode({key: value for key, value in query.items() if value != ''})}"


def _question_list(query: dict, *, absolute: bool = False) -> str:
    root = settings.PUBLIC_URL if absolute else ""
    return f"{root}{reverse('admin:qa_question_changelist')}?{urlencode(query)}"


def _box(live: str, mark: str, chosen: Chosen) -> str:
    url = _url(chosen, part="1", seen=mark)
    context = {"live": live, "url": url, "seconds": LIVE_SECONDS}
    return render_to_string("admin/qa/board_box.html", context)


def _context(found: figures.Board, chosen: Chosen) -> dict[str, Any]:
    scope = figures.scope_of(**chosen.scope)
    first = found.first_answers
    return {
        "board": found,
        "days": chosen.days,
        "steps": [(STEP_NAMES[step.name], step) for step in found.funnel],
        "waves": [(_wave_name(row.number), row) for row in found.waves],
        "times": _times(first, by_hour=scope.by_hour),
        "gaps": [(gap, _gap_url(gap, scope)) for gap in found.gaps],
        "lorenz": _lorenz(found.fairness),
        "newcomer": settings.QA_NEWCOMER_INVITATIONS,
        "pool_url": _question_list({"where": "pool"}),
        "csv_url": _url(chosen, name="admin:qa_board_csv"),
    }


def _wave_name(number: int) -> str:
    names = {
        figures.AGAIN: _("Asked again later"),
        Wave.POOL: _("From the pool"),
        Wave.DESK: _("Handed over by ops"),
    }
    return names.get(number) or _("Wave %(n)s") % {"n": number}


def _gap_url(gap: figures.Gap, scope: figures.Scope) -> str:
    where = {"category__id__exact": gap.category_id} if gap.category_id else {"category__isnull": "True"}
    since = timezone.localtime(scope.since)
    return _question_list({"where": "unanswered", "created_at__gte": since.isoformat(), **where})


def _times(first: figures.FirstAnswers, *, by_hour: bool) -> dict[str, Any]:
    """What the chart draws: minutes."""
    return {
        "kind": "times",
        "labels": [date_format(moment, "H:i" if by_hour else "n-j") for moment in first.moments],
        "unit": _("min"),
        "counts": first.counts,
        "countName": _("Questions answered"),
        "series": [
            {"name": _("Half wait at most"), "tone": "main", "values": [_minutes(value) for value in first.median]},
            {"name": _("9 of 10 wait at most"), "tone": "second", "values": [_minutes(value) for value in first.p90]},
        ],
    }


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / timedelta(minutes=1).total_seconds(), 1)


def _lorenz(fair: figures.Fairness) -> dict[str, Any]:
    points = [round(100 * n / (len(fair.curve_asked) - 1)) for n in range(len(fair.curve_asked))] or [0, 100]
    series = [
        {"name": name, "tone": tone, "values": [round(100 * value, 1) for value in curve]}
        for name, tone, curve in (
            (_("Invitations"), "main", fair.curve_asked),
            (_("Answers"), "second", fair.curve_answers),
        )
        if curve
    ]
    return {
        "kind": "lorenz",
        "labels": points,
        "even": _("All alike"),
        "unit": "%",
        "series": series,
        "x": _("shops, the least asked first"),
    }


class WhereFilter(admin.SimpleListFilter):
    """The board's links lead to these lists."""

    title = gettext_lazy("where it stands")
    parameter_name = "where"

    def lookups(self, request, model_admin):
        return [("unanswered", gettext_lazy("Nobody answered")), ("pool", gettext_lazy("In the pool now"))]

    def queryset(self, request, queryset):
        if self.value() == "unanswered":
            return queryset.unanswered()
        return queryset.in_pool() if self.value() == "pool" else queryset
