"""P(answers if asked) by a trained model (LightGBM), and whether it may be trusted.

It is trained on past invitations (qa.services.routing), with what their history says (history.py, likeness.py) and
what was known of the shop when it was asked. The history of each row is made of the other questions only. Where no model is in use,
or the one in use cannot be read, or LightGBM is not installed, the smoothed rates do.
"""

import io
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from ..models import RoutingModel, Stage
from .history import History
from .likeness import Likeness
from .rows import Rows

logger = logging.getLogger(__name__)

# Features stored with an invitation that the model learns from; a missing one is NaN.
LIVE = (
    "rate", "adoption", "relevance", "service", "trials", "category_trials", "load", "recent", "since_asked", "hour",
)  # fmt: skip
PARAMS = {
    "objective": "binary",
    "learning_rate": 0.04,
    "num_leaves": 31,
    "min_data_in_leaf": 80,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    "verbose": -1,
}
ROUNDS = 250
# Boosters whose predictions are averaged.
SEEDS = (1, 2)
# Parts of the questions; the history of each part is made of the others.
FOLDS = 10
# A process looks this often whether another model is in use.
LOOK_SECONDS = 30


# What is read of the past beside LIVE.
NAMES = (*History.NAMES, *Likeness.NAMES)


@dataclass(frozen=True)
class Artifact:
    """A trained model with the past it reads."""

    history: History
    likeness: Likeness
    boosters: tuple[str, ...]
    live: tuple[str, ...] = LIVE

    def chances(self, shop_ids: Sequence[int], category_id: int | None, features: Sequence[dict]) -> np.ndarray:
        """The chance that each of these shops answers one question, asked now.

        Args:
            features: as they will be stored with the invitation.
        """
        count = len(shop_ids)
        category = np.full(count, -1 if category_id is None else category_id)
        return self.predict(np.zeros(count, int), np.asarray(shop_ids), category, live_columns(features, self.live))

    def predict(
        self, question: np.ndarray, shop: np.ndarray, category: np.ndarray, live: np.ndarray | None = None
    ) -> np.ndarray:
        columns = _columns(self.history, self.likeness, question, shop, category)
        matrix = columns if live is None else np.hstack([columns, live])
        return np.mean([booster.predict(matrix, num_threads=1) for booster in self._loaded], axis=0)

    @cached_property
    def _loaded(self) -> list[Any]:
        from lightgbm import Booster  # An extra; and 60 MB that only a process that predicts needs.

        return [Booster(model_str=text) for text in self.boosters]

    def dump(self) -> bytes:
        """As bytes that hold numbers and text only: loading them runs nothing."""
        kept = {
            f"{type(past).__name__}.{field.name}": getattr(past, field.name)
            for past in (self.history, self.likeness)
            for field in fields(past)
        }
        texts = {"boosters": self.boosters, "live": self.live, "names": NAMES}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, texts=np.frombuffer(json.dumps(texts).encode(), np.uint8), **kept)
        return buffer.getvalue()

    @classmethod
    def load(cls, payload: bytes) -> "Artifact":
        """Raises ValueError where the payload is not one of this version's."""
        try:
            with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
                texts = json.loads(stored["texts"].tobytes())
                history, likeness = History(**_arrays(stored, History)), Likeness(**_arrays(stored, Likeness))
        except (KeyError, OSError, EOFError) as error:
            raise ValueError("not a routing model") from error
        if tuple(texts["names"]) != NAMES or not set(texts["live"]) <= set(LIVE):
            raise ValueError("a routing model with other features")
        return cls(history, likeness, tuple(texts["boosters"]), tuple(texts["live"]))


def _arrays(stored: Mapping[str, np.ndarray], kind: type) -> dict[str, np.ndarray]:
    """What was kept of a History or Likeness, by field."""
    return {field.name: stored[f"{kind.__name__}.{field.name}"] for field in fields(kind)}


def live_columns(features: Sequence[dict], names: Sequence[str] = LIVE) -> np.ndarray:
    return np.array([[row.get(name, np.nan) for name in names] for row in features], float).reshape(-1, len(names))


def train(rows: Rows, live: np.ndarray | None = None, *, threads: int = 1, params: dict | None = None) -> Artifact:
    """Learn from these invitations.

    Args:
        live: LIVE columns, one row an invitation; None learns from the history alone.
        threads: of LightGBM; 0 takes all cores, which is slower where others use them.

    Raises:
        ImportError: LightGBM is not installed (the extra `learning`).
    """
    import lightgbm  # See Artifact._loaded.

    columns = held_out_columns(rows)
    matrix = columns if live is None else np.hstack([columns, live])
    data = lightgbm.Dataset(matrix, rows.answered, free_raw_data=False)
    boosters = [
        lightgbm.train({**PARAMS, "seed": seed, "num_threads": threads, **(params or {})}, data, ROUNDS)
        for seed in SEEDS
    ]
    texts = tuple(booster.model_to_string() for booster in boosters)
    return Artifact(History.of(rows), Likeness.of(rows), texts, () if live is None else LIVE)


def held_out_columns(rows: Rows) -> np.ndarray:
    """Each row's history, made of other questions than its own: a row never sees its own outcome."""
    part = (rows.question.astype(np.uint64) * np.uint64(2654435761) >> np.uint64(7)) % np.uint64(FOLDS)
    columns = np.zeros((len(rows), len(NAMES)))
    for number in range(FOLDS):
        mine = np.flatnonzero(part == number)
        if len(mine):
            others, own = rows.take(np.flatnonzero(part != number)), rows.take(mine)
            past = History.of(others), Likeness.of(others)
            columns[mine] = _columns(*past, own.question, own.shop, own.category)
    return columns


def _columns(
    history: History, likeness: Likeness, question: np.ndarray, shop: np.ndarray, category: np.ndarray
) -> np.ndarray:
    """The features NAMES of these pairs, one row a pair."""
    return np.hstack([history.columns(question, shop, category), likeness.columns(question, shop)])


def auc(chances: np.ndarray, answered: np.ndarray) -> float:
    """The share of pairs (answered, not) that are in the right order; half for a tie. NaN where one kind is absent."""
    _, place, counts = np.unique(chances, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    won = float(answered.sum())
    lost = len(answered) - won
    return float((ranks[answered > 0].sum() - won * (won + 1) / 2) / (won * lost)) if won and lost else float("nan")


def log_loss(chances: np.ndarray, answered: np.ndarray) -> float:
    clipped = np.clip(chances, 1e-4, 1 - 1e-4)
    return float(-np.mean(answered * np.log(clipped) + (1 - answered) * np.log(1 - clipped)))


def calibration(chances: np.ndarray, answered: np.ndarray, bins: int = 10) -> float:
    """How far chances are from what came true, on average over `bins` equal parts of the rows."""
    parts = np.array_split(np.argsort(chances, kind="stable"), bins)
    gaps = [abs(chances[part].mean() - answered[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / len(chances)) if len(chances) else float("nan")


def metrics(chances: np.ndarray, answered: np.ndarray) -> dict[str, float]:
    found = {"auc": auc, "log_loss": log_loss, "calibration": calibration}
    return {name: round(measure(chances, answered), 4) for name, measure in found.items()}


@dataclass
class _InUse:
    """What this process has loaded."""

    pk: int | None = None
    artifact: Artifact | None = None
    looked_at: float = float("-inf")


_in_use = _InUse()


def in_use() -> Artifact | None:
    """The model in use, loaded once a process; None where the rates decide."""
    now = time.monotonic()
    if now - _in_use.looked_at >= LOOK_SECONDS:
        pk = RoutingModel.objects.filter(stage=Stage.ACTIVE).values_list("pk", flat=True).first()
        if pk != _in_use.pk:
            _in_use.pk, _in_use.artifact = pk, _load(pk) if pk else None
        _in_use.looked_at = now
    return _in_use.artifact


def forget() -> None:
    """Look again at the next question."""
    _in_use.pk, _in_use.artifact, _in_use.looked_at = None, None, float("-inf")


def _load(pk: int) -> Artifact | None:
    try:
        artifact = Artifact.load(bytes(RoutingModel.objects.values_list("payload", flat=True).get(pk=pk)))
        artifact.chances([0], None, [{}])  # Loads LightGBM and its trees now, not in the first question.
    except Exception:  # Whatever is wrong with it, questions are answered by the rates meanwhile.
        logger.exception("routing model %s can't be used; the rates decide", pk)
        return None
    return artifact
