"""The comparison, as a table and as a page with pictures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from django.template.loader import render_to_string

from .city import CitySize
from .figures import Figures

ROWS = {
    "questions": "questions",
    "first_answer_s": "first answer, median s",
    "answered30_share": "answered within 30 min",
    "invites_per_answer": "invitations per answer",
    "gini": "Gini of invitations",
    "adopted_share": "adopted",
    "newcomer_share": "invitations to newcomers",
}
# Minutes of the curve of answered questions.
MINUTES = (1, 2, 3, 5, 8, 12, 20, 30, 45, 60)
WIDTH, HEIGHT = 560, 260


def table(results: Mapping[str, Figures]) -> str:
    lines = [("", *results)]
    lines += [(label, *(str(asdict(found)[name]) for found in results.values())) for name, label in ROWS.items()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def answered_by(found: Figures, minutes: Sequence[int] = MINUTES) -> list[float]:
    """Share of the questions that had an answer after so many minutes."""
    return [sum(wait <= 60 * minute for wait in found.waits_s) / max(1, len(found.waits_s)) for minute in minutes]


def page(size: CitySize, results: Mapping[str, Figures]) -> str:
    """A page that stands alone: the table, the curve of answered questions, and bars for the other figures."""
    curves = [{"name": name, "points": _points(answered_by(found))} for name, found in results.items()]
    bars = [_bars(name, results) for name in ("first_answer_s", "invites_per_answer", "gini")]
    ticks = [{"x": _x(minute), "label": minute} for minute in MINUTES]
    rows = [(label, [asdict(found)[name] for found in results.values()]) for name, label in ROWS.items()]
    context = {"size": size, "names": list(results), "rows": rows, "curves": curves, "bars": bars, "ticks": ticks}
    return render_to_string("qa/simulation.html", {**context, "width": WIDTH, "height": HEIGHT})


def _points(shares: Sequence[float]) -> str:
    return " ".join(
        f"{_x(minute):.1f},{(1 - share) * HEIGHT:.1f}" for minute, share in zip(MINUTES, shares, strict=True)
    )


def _x(minute: float) -> float:
    """Minutes on a logarithmic axis: what happens early counts most."""
    return WIDTH * math.log(minute / MINUTES[0]) / math.log(MINUTES[-1] / MINUTES[0])


def _bars(name: str, results: Mapping[str, Figures]) -> dict:
    values = {policy: asdict(found)[name] for policy, found in results.items()}
    most = max((value for value in values.values() if math.isfinite(value)), default=0) or 1
    bars = [
        {"policy": policy, "value": value if math.isfinite(value) else "∞", "length": 300 * min(1.0, value / most)}
        for policy, value in values.items()
    ]
    return {"label": ROWS[name], "bars": bars}
