"""The comparison drawn: answers over time, invitations over shops, and the figures side by side. SVG of our own."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from .figures import NEVER, Figures

# Minutes of the curve of answered questions, on a logarithmic axis: what happens early counts most.
MINUTES = (0.5, 1, 2, 3, 5, 8, 12, 20, 30, 60)
STEPS = 60
WIDTH, HEIGHT = 420, 226
# The design's green, blue, amber and orange (static/weixuan/css/tokens.css); ours is green.
COLOURS = ("#0b7657", "#2460b4", "#8a5a00", "#bf4410")
BAR_HEIGHT, LONGEST = 26, 160
Results = Mapping[str, Figures]


def write(folder: Path, results: Results) -> list[Path]:
    """Write each picture into `folder`, as NAME.svg; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, draw in PICTURES.items():
        path = folder / f"{name}.svg"
        path.write_text(draw(results), encoding="utf-8")
        made.append(path)
    return made


def answered(results: Results) -> SafeString:
    """The share of questions that had an answer after so many minutes."""
    low, high = math.log(MINUTES[0]), math.log(MINUTES[-1])
    minutes = [math.exp(low + (high - low) * step / STEPS) for step in range(STEPS + 1)]
    return _curves(
        title="Questions with an answer, by minutes since they were asked",
        x_label="minutes",
        x_ticks=[(minute, (math.log(minute) - low) / (high - low)) for minute in MINUTES],
        curves={
            name: [(n / STEPS, answered_by(found, minute)) for n, minute in enumerate(minutes)]
            for name, found in results.items()
        },
        notes={name: f"median {_seconds(found.first_answer_s)}" for name, found in results.items()},
    )


def invitations(results: Results) -> SafeString:
    """What share of all invitations went to the shops that got fewest (M. O. Lorenz, 1905)."""
    return _curves(
        title="Invitations shared out among shops",
        x_label="share of the shops, those asked least first",
        x_ticks=[(f"{share:.0%}", share) for share in (0, 0.25, 0.5, 0.75, 1)],
        curves={name: lorenz(found.by_shop) for name, found in results.items()},
        notes={name: f"Gini {found.gini}" for name, found in results.items()},
        diagonal=True,
    )


def policies(results: Results) -> SafeString:
    """The four figures that a policy is judged by, with their limits where the baselines are there."""
    wanted = (
        ("first answer, median s", "first_answer_s", _part_of(results, "relevance", "first_answer_s", 2), "≤ half"),
        ("answered within 30 min", "answered30_share", 0.95, "≥ 0.95"),
        (
            "invitations per answer",
            "invites_per_answer",
            _part_of(results, "broadcast", "invites_per_answer", 5),
            "≤ ⅕",
        ),
        ("Gini of invitations", "gini", _part_of(results, "relevance", "gini", 1), "below"),
    )
    bottom = 12 + BAR_HEIGHT * len(results)
    charts = [
        _chart(label, {policy: getattr(found, name) for policy, found in results.items()}, limit, words)
        | {"x": 20 + 310 * (number % 2), "y": 60 + (bottom + 34) * (number // 2), "bottom": bottom - 6}
        for number, (label, name, limit, words) in enumerate(wanted)
    ]
    context = {"title": "Dispatching policies in the made-up city", "charts": charts, "height": 60 + 2 * (bottom + 34)}
    return render_to_string("qa/simulation/bars.svg", context)


PICTURES = {"first-answer": answered, "invitations": invitations, "policies": policies}


def answered_by(found: Figures, minutes: float) -> float:
    """Share of the questions that had an answer after so many minutes."""
    return sum(wait <= 60 * minutes for wait in found.waits_s) / max(1, len(found.waits_s))


def lorenz(values: Sequence[int]) -> list[tuple[float, float]]:
    """Points (share of those who have least, their share of the whole), from (0, 0) to (1, 1)."""
    total, points, so_far = sum(values) or 1, [(0.0, 0.0)], 0
    for count, value in enumerate(sorted(values), 1):
        so_far += value
        points.append((count / len(values), so_far / total))
    return points


def _curves(*, title, x_label, x_ticks, curves, notes, diagonal=False) -> SafeString:
    context = {
        "title": title,
        "x_label": x_label,
        "x_ticks": [{"at": f"{WIDTH * at:.0f}", "label": label} for label, at in x_ticks],
        "y_ticks": [{"at": HEIGHT - HEIGHT * part // 4, "label": f"{25 * part}%"} for part in range(5)],
        "curves": [
            {
                "name": name,
                "note": notes[name],
                "colour": COLOURS[number % len(COLOURS)],
                "legend_y": 66 + 44 * number,
                "points": " ".join(f"{WIDTH * x:.1f},{HEIGHT * (1 - y):.1f}" for x, y in points),
            }
            for number, (name, points) in enumerate(curves.items())
        ],
        "diagonal": diagonal,
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render_to_string("qa/simulation/curves.svg", context)


def _chart(label: str, values: Mapping[str, float], limit: float | None, words: str) -> dict:
    most = max((value for value in values.values() if value != NEVER), default=0) or 1
    bars = []
    for number, (policy, value) in enumerate(values.items()):
        length = round(LONGEST * min(1.0, value / most))
        bars.append(
            {
                "policy": policy,
                "value": value if value != NEVER else "∞",
                "length": length,
                "end": 78 + length,
                "y": 12 + BAR_HEIGHT * number,
                "colour": COLOURS[number % len(COLOURS)],
            }
        )
    shown = f"limit: {words} ({limit:.3g})" if limit is not None else ""
    return {
        "label": label,
        "bars": bars,
        "limit": shown,
        "limit_x": round(72 + LONGEST * limit / most) if limit else None,
    }


def _part_of(results: Results, policy: str, name: str, parts: int) -> float | None:
    return getattr(results[policy], name) / parts if policy in results else None


def _seconds(value: float) -> str:
    return "never" if value == NEVER else f"{value:.0f} s"
