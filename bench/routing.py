"""Whom to ask: real invitations of experts to questions (bytecup/), ranked by qa.matching's rates and model.

Every question is held out once, in ten parts by a stable hash of its id; rates, history and model of a part know the
other nine only. `auc` is over the held-out invitations as they are in the file. `answered3` is the share of questions
with at least one answered invitation where one of the three experts ranked first answered. The last figures fill
waves of five over each part by qa.matching.assignment: four places and one for a newcomer (an expert with fewer than
NEWCOMER invitations in the other parts), at most five invitations an expert.
"""

import zlib
from collections import defaultdict
from dataclasses import dataclass, field

from . import datasets

FIGURES = ("auc", "answered3", "newcomer_share")
PARTS = 10
PLACES, CAP, WAVE = 3, 5, 5
NEWCOMER = 3


def add_arguments(parser):
    parser.add_argument("--parts", type=int, nargs="*", help="hold out only these of the ten parts (for tuning)")


@dataclass
class Tried:
    """What a way of ranking made of the held-out questions."""

    chances: list = field(default_factory=list)
    answered: list = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)

    def add(self, rows, chances) -> None:
        self.chances.append(chances)
        self.answered.append(rows.answered)
        self.hits += [any(answers[:PLACES]) for answers in ranked(rows, chances) if any(answers)]

    @property
    def auc(self) -> float:
        import numpy as np

        from qa.matching.model import auc

        return auc(np.concatenate(self.chances), np.concatenate(self.answered))

    @property
    def answered3(self) -> float:
        return sum(self.hits) / len(self.hits)


def run(options, report) -> dict[str, float]:
    import numpy as np

    folder = datasets.folder(options, "bytecup")
    rows, words, part = read(folder)
    report.progress(f"{len(rows)} invitations to {len(words)} questions, {rows.answered.mean():.1%} answered")
    tried: dict[str, Tried] = defaultdict(Tried)
    waves = Waves()
    for number in options.parts or range(PARTS):
        held = np.flatnonzero(part == number)
        if not len(held):
            continue
        report.progress(f"Part {number + 1} of {PARTS}: {len(held)} invitations held out")
        known, asked = rows.take(np.flatnonzero(part != number)), rows.take(held)
        ways = rank(known, asked, words)
        for name, chances in ways.items():
            tried[name].add(asked, chances)
        waves.fill(known, asked, ways["model"])
    return told(report, tried, waves)


def told(report, tried: dict[str, Tried], waves: "Waves") -> dict[str, float]:
    ours, rates = tried["model"], tried["rates"]
    report.row("AUC", f"{ours.auc:.4f}", limit="≥ .90", baseline=f"{rates.auc:.4f} rates")
    report.row("answered by the top 3", f"{ours.answered3:.4f}", limit="≥ .94", baseline=f"{rates.answered3:.4f} rates")
    for name in ("text", "random"):
        report.row(f"  {name}: AUC, top 3", f"{tried[name].auc:.4f}", baseline=f"{tried[name].answered3:.4f}")
    report.row("waves of 5, newcomer's place, cap 5: answered", f"{waves.answered:.4f}", limit="≥ .93")
    report.row("  newcomers among those invited", f"{waves.newcomer_share:.4f}", limit="≥ .17")
    report.note(f"{len(ours.hits)} questions with an answer, each held out once in one of {PARTS} parts.")
    return {
        "auc": round(ours.auc, 4),
        "answered3": round(ours.answered3, 4),
        "newcomer_share": round(waves.newcomer_share, 4),
    }


def read(folder):
    """Invitations as numbers, the questions' words, and in which part each invitation is held out."""
    import numpy as np

    from qa.matching.rows import Rows

    questions = {row["id"]: row for row in datasets.lines(folder / "questions.jsonl")}
    invites = list(datasets.lines(folder / "invites.jsonl"))
    number = {name: place for place, name in enumerate(questions)}
    experts = {name: place for place, name in enumerate(dict.fromkeys(row["expert"] for row in invites))}
    question = np.array([number[row["question"]] for row in invites])
    topics = np.array([row["topic"] for row in questions.values()])
    rows = Rows(
        question=question,
        shop=np.array([experts[row["expert"]] for row in invites]),
        category=topics[question],
        answered=np.array([row["answered"] for row in invites], float),
    )
    part = np.array([zlib.crc32(str(name).encode()) % PARTS for name in questions])[question]
    return rows, [row["words"] for row in questions.values()], part


def rank(known, asked, words) -> dict:
    """The chance of an answer to each of `asked`, by each way, from `known` alone."""
    import numpy as np

    from qa.matching.model import train

    return {
        "model": train(known).predict(asked.question, asked.shop, asked.category),
        "rates": smoothed_rates(known, asked),
        "text": overlap(known, asked, words),
        "random": np.random.default_rng(7).random(len(asked)),
    }


def smoothed_rates(known, asked):
    """What production believes while it has no model."""
    import numpy as np

    from qa.matching.rates import Record, answer_rate

    known = known.take(known.first())

    def records(keys, wanted):
        found, place = np.unique(keys, return_inverse=True)
        asked_of, answered = np.bincount(place), np.bincount(place, known.answered)
        at = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
        here = found[at] == wanted
        return Record(trials=np.where(here, asked_of[at], 0.0), answers=np.where(here, answered[at], 0.0))

    return answer_rate(
        Record(trials=np.full(len(asked), float(len(known))), answers=np.full(len(asked), known.answered.sum())),
        records(known.category, asked.category),
        records(known.shop, asked.shop),
        records(known.shop * 1000 + known.category, asked.shop * 1000 + asked.category),
    )


def overlap(known, asked, words):
    """The share of the question's words that the expert has answered something about."""
    import numpy as np

    spoken = defaultdict(set)
    for question, shop, answered in zip(known.question, known.shop, known.answered, strict=True):
        if answered:
            spoken[shop].update(words[question])
    return np.array(
        [
            len(spoken[shop] & set(words[question])) / max(1, len(set(words[question])))
            for question, shop in zip(asked.question, asked.shop, strict=True)
        ]
    )


def ranked(rows, chances) -> list[list[float]]:
    """For each question the outcomes of its experts, the best ranked first; each expert once."""
    outcomes = defaultdict(list)
    for place in sorted(rows.first(), key=lambda place: -chances[place]):
        outcomes[rows.question[place]].append(rows.answered[place])
    return list(outcomes.values())


@dataclass
class Waves:
    """Waves of five, all of a part together."""

    hits: list[bool] = field(default_factory=list)
    invited: int = 0
    newcomers: int = 0

    def fill(self, known, asked, chances) -> None:
        from qa.matching.assignment import Wish, assign

        seen: dict[int, int] = defaultdict(int)
        for place in known.first():
            seen[known.shop[place]] += 1
        experts = defaultdict(list)
        for place in sorted(asked.first(), key=lambda place: -chances[place]):
            experts[asked.question[place]].append(place)
        wishes = [
            Wish(
                size=WAVE,
                shops=[(int(asked.shop[place]), float(chances[place])) for place in places],
                newcomers=frozenset(int(asked.shop[p]) for p in places if seen[asked.shop[p]] < NEWCOMER),
            )
            for places in experts.values()
        ]
        room = {int(shop): CAP for shop in set(asked.shop)}
        for places, given in zip(experts.values(), assign(wishes, room), strict=True):
            outcome = {int(asked.shop[place]): asked.answered[place] for place in places}
            if any(outcome.values()):
                self.hits.append(any(outcome[found.shop_id] for found in given))
            self.invited += len(given)
            self.newcomers += sum(seen[found.shop_id] < NEWCOMER for found in given)

    @property
    def answered(self) -> float:
        return sum(self.hits) / len(self.hits)

    @property
    def newcomer_share(self) -> float:
        return self.newcomers / self.invited
