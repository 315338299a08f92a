"""Dispatching policies in a made-up city: ours against broadcast, relevance alone and chance.

Each figure is told for ours, and for the baselines with their name behind it: `gini`, `gini_relevance` … All of them
come from the same city and the same wishes (qa.simulation).
"""

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from django.utils import timezone

from qa.management.commands.simulate_dispatch import MIDNIGHT
from qa.simulation import POLICIES, City, CitySize, pictures, simulate
from qa.simulation.policies import OURS

NAMES = ("first_answer_s", "answered30_share", "invites_per_answer", "gini")
BASELINES = [name for name in POLICIES if name != OURS.name]
FIGURES = (*NAMES, *(f"{name}_{baseline}" for baseline in BASELINES for name in NAMES))


def add_arguments(parser):
    parser.add_argument("--shops", type=int, default=CitySize.shops)
    parser.add_argument("--questions", type=int, default=CitySize.questions, help="a day")
    parser.add_argument("--days", type=int, default=CitySize.days, help="measured days")
    parser.add_argument("--spread", type=float, default=CitySize.spread, help="of shops' sizes; 0: all alike")
    parser.add_argument("--seed", type=int, default=CitySize.seed)
    parser.add_argument("--pictures", type=Path, help="write the comparison's pictures into this folder, as SVG")


def run(options, report) -> dict[str, float]:
    size = CitySize(
        shops=options.shops, questions=options.questions, days=options.days, spread=options.spread, seed=options.seed
    )
    report.progress(f"A city of {size.shops} shops")
    city = City(size, timezone.make_aware(MIDNIGHT))
    found = {}
    for name, policy in POLICIES.items():
        found[name] = simulate(city, policy, progress=partial(_tell, name))
        report.progress(f"{name}: {found[name].questions} questions")
    ours, relevance, broadcast = (found[name] for name in (OURS.name, "relevance", "broadcast"))
    report.row(
        "first answer, median s",
        ours.first_answer_s,
        limit=f"≤ {relevance.first_answer_s / 2:.0f}, half of relevance",
        baseline=f"relevance {relevance.first_answer_s}, broadcast {broadcast.first_answer_s}",
    )
    report.row("answered within 30 min", ours.answered30_share, limit="≥ 0.95", baseline=relevance.answered30_share)
    report.row(
        "invitations per answer",
        ours.invites_per_answer,
        limit=f"≤ {broadcast.invites_per_answer / 5:.2f}, a fifth of broadcast",
        baseline=f"broadcast {broadcast.invites_per_answer}",
    )
    report.row("Gini of invitations", ours.gini, limit=f"< {relevance.gini}", baseline=f"relevance {relevance.gini}")
    report.row("adopted", ours.adopted_share, baseline=relevance.adopted_share)
    report.row("invitations to newcomers", ours.newcomer_share, baseline=relevance.newcomer_share)
    if options.pictures:
        pictures.write(options.pictures, found)
    figures = {name: asdict(ours)[name] for name in NAMES}
    return figures | {f"{name}_{other}": asdict(found[other])[name] for other in BASELINES for name in NAMES}


def _tell(name: str, share: float) -> None:
    sys.stderr.write(f"{name}: {share:.0%}\r")
    sys.stderr.flush()
