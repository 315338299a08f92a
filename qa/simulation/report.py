"""The comparison, as a table and as a page with pictures."""

from collections.abc import Mapping
from dataclasses import asdict

from django.template.loader import render_to_string

from .city import CitySize
from .figures import Figures
from .pictures import PICTURES

ROWS = {
    "questions": "questions",
    "first_answer_s": "first answer, median s",
    "answered30_share": "answered within 30 min",
    "invites_per_answer": "invitations per answer",
    "gini": "Gini of invitations",
    "adopted_share": "adopted",
    "newcomer_share": "invitations to newcomers",
}


def table(results: Mapping[str, Figures]) -> str:
    lines = [("", *results)]
    lines += [(label, *(str(asdict(found)[name]) for found in results.values())) for name, label in ROWS.items()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def page(size: CitySize, results: Mapping[str, Figures]) -> str:
    """A page that stands alone: the table and the pictures."""
    rows = [(label, [asdict(found)[name] for found in results.values()]) for name, label in ROWS.items()]
    pictures = [draw(results) for draw in PICTURES.values()]
    return render_to_string(
        "qa/simulation/page.html", {"size": size, "names": list(results), "rows": rows, "pictures": pictures}
    )
