"""What decides between shops, changed: a model is trained, put into use, rolled back; weights likewise."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import audit
from core.errors import Conflict, Invalid
from core.locks import lock_rows

from ..matching import model
from ..matching.choosing import weights_in_use
from ..matching.rows import Rows
from ..matching.scoring import Weights
from ..models import WEIGHT_BOUNDS, Invitation, RoutingModel, RoutingWeights, Stage

Version = TypeVar("Version", RoutingModel, RoutingWeights)

# Whether it was answered is known of these; one that was withdrawn might still have been.
OUTCOMES = (Invitation.Status.ANSWERED, Invitation.Status.LAPSED, Invitation.Status.PASSED)


class NothingToGoBackTo(Conflict):
    code = "nothing_to_go_back_to"
    title = _("There is no earlier version")


class NotBetter(Conflict):
    code = "not_better"
    title = _("This model is not better than the rates")


class TooFewOutcomes(Conflict):
    code = "too_few_outcomes"
    title = _("Too few outcomes to learn from")


@dataclass(frozen=True)
class Past:
    """Invitations whose outcome is known, with what was known of the shop when it was asked."""

    rows: Rows
    live: np.ndarray
    day: np.ndarray

    def take(self, places: np.ndarray) -> "Past":
        return Past(self.rows.take(places), self.live[places], self.day[places])


def _outcomes(now: datetime) -> QuerySet[Invitation]:
    """Of the last QA_ROUTING_DAYS. Answers that were prepared have no features: nobody was asked."""
    since = now - timedelta(days=settings.QA_ROUTING_DAYS)
    given = Invitation.objects.filter(status__in=OUTCOMES, created_at__gte=since, created_at__lte=now)
    return given.exclude(features={})


def outcomes_so_far() -> int:
    """How many outcomes there are to learn from, counted no further than are needed."""
    return _outcomes(timezone.now())[: settings.QA_ROUTING_ROWS].count()


def past_invitations(now: datetime) -> Past:
    found = list(
        _outcomes(now)
        .order_by("pk")
        .values_list("question_id", "shop_id", "question__category_id", "status", "created_at", "features")
    )
    if not found:
        raise TooFewOutcomes
    question, shop, category, status, created, features = zip(*found, strict=True)
    rows = Rows(
        np.array(question),
        np.array(shop),
        np.array([-1 if one is None else one for one in category]),
        np.array([one == Invitation.Status.ANSWERED for one in status], float),
    )
    day = np.array([timezone.localdate(moment).toordinal() for moment in created])
    return Past(rows, model.live_columns(features), day)


def train_routing(*, now: datetime | None = None) -> RoutingModel:
    """Train a candidate on what has happened, and hold it against the rates on the last days, which it hasn't seen.

    Raises:
        TooFewOutcomes: fewer than QA_ROUTING_ROWS outcomes, or too few days or kinds of outcome to be judged by.
        ImportError: LightGBM is not installed (the extra `learning`).
    """
    now = now or timezone.now()
    past = past_invitations(now)
    first_held = past.day.max() - settings.QA_ROUTING_HELD_BACK_DAYS + 1
    known, held = np.flatnonzero(past.day < first_held), np.flatnonzero(past.day >= first_held)
    kinds = {len(np.unique(past.rows.answered[part])) for part in (known, held)}
    if len(past.rows) < settings.QA_ROUTING_ROWS or kinds != {2}:
        raise TooFewOutcomes
    judged = _judge(past.take(known), past.take(held))
    artifact = model.train(past.rows, past.live)
    return RoutingModel.objects.create(
        version=f"{timezone.localtime(now):%Y%m%d-%H%M%S-%f}",
        trained_at=now,
        rows=len(past.rows),
        held_back_rows=len(held),
        metrics=judged,
        payload=artifact.dump(),
    )


def _judge(known: Past, held: Past) -> dict:
    """The model of the earlier days, and the rates as they were believed at asking, on the later days."""
    trained = model.train(known.rows, known.live)
    rows = held.rows
    chances = trained.predict(rows.question, rows.shop, rows.category, held.live)
    rates = np.nan_to_num(held.live[:, model.LIVE.index("rate")], nan=known.rows.answered.mean())
    days = [int(day) for day in np.unique(held.day)]
    return {
        "model": model.metrics(chances, rows.answered),
        "rates": model.metrics(rates, rows.answered),
        "days": [f"{datetime.fromordinal(day):%Y-%m-%d}" for day in days],
    }


def is_better(candidate: RoutingModel) -> bool:
    """It orders better and is surer of what comes true than the rates, on the days held back."""
    ours, rates = candidate.metrics.get("model"), candidate.metrics.get("rates")
    if not ours or not rates:
        return False
    return ours["auc"] > rates["auc"] and ours["log_loss"] < rates["log_loss"]


@transaction.atomic
def activate_model(*, candidate: RoutingModel, by: User | None) -> RoutingModel:
    """Let this model decide; the one before is kept to go back to. One that is in use already stays.

    Raises:
        NotBetter: on the days held back the rates did as well.
    """
    if not is_better(candidate):
        raise NotBetter
    if _swap(RoutingModel, candidate.pk):
        audit.record(actor=by, action="qa.routing_model_activated", target=candidate, version=candidate.version)
    candidate.refresh_from_db()
    return candidate


@transaction.atomic
def roll_back_model(*, by: User | None) -> RoutingModel | None:
    """Back to the model that was in use before, or to the rates (None) where there was none.

    Raises:
        NothingToGoBackTo: no model is in use.
    """
    current, before = _step_back(RoutingModel)
    audit.record(actor=by, action="qa.routing_model_rolled_back", target=current, to=before.version if before else "")
    return before


@transaction.atomic
def propose_weights(*, values: dict[str, float], note: str, by: User) -> RoutingWeights:
    """Weights to be tried on what has happened, and put into use if they are better; nothing changes yet.

    Args:
        values: by name of qa.matching.scoring.Weights; those that are missing stay as they are in use.
        note: why, up to 200 characters.

    Raises:
        Invalid: a name that isn't one, a value beyond WEIGHT_BOUNDS, no reason given, or no change; with `fields`.
    """
    now = asdict(weights_in_use())
    wanted = {name: round(float(value), 4) for name, value in values.items()}
    wrong = {
        name: [_out_of_bounds(name)]
        for name, value in wanted.items()
        if name not in now or not is_within_bounds(name, value)
    }
    if not note.strip():
        wrong["note"] = [str(_("Say why"))]
    if not wrong and {**now, **wanted} == now:
        wrong["note"] = [str(_("These are the weights in use"))]
    if wrong:
        raise Invalid(fields=wrong)
    weights = RoutingWeights.objects.create(**{**now, **wanted}, note=note.strip()[:200], created_by=by)
    audit.record(actor=by, action="qa.routing_weights_proposed", target=weights, values={**now, **wanted})
    return weights


def is_within_bounds(name: str, value: float) -> bool:
    """Not a number is beyond them, too."""
    lowest, highest = WEIGHT_BOUNDS.get(name, (1.0, 0.0))
    return lowest <= value <= highest


def _out_of_bounds(name: str) -> str:
    if name not in WEIGHT_BOUNDS:
        return str(_("There is no such weight"))
    lowest, highest = WEIGHT_BOUNDS[name]
    return str(_("From %(lowest)s to %(highest)s")) % {"lowest": lowest, "highest": highest}


@transaction.atomic
def activate_weights(*, weights: RoutingWeights, by: User | None) -> RoutingWeights:
    """Let these weights decide from the next batch of questions on; those before are kept to go back to. A repeat
    changes nothing."""
    before, after = asdict(weights_in_use()), asdict(Weights.of(weights))
    if _swap(RoutingWeights, weights.pk):
        changed = {name: [before[name], value] for name, value in after.items() if before[name] != value}
        audit.record(actor=by, action="qa.routing_weights_activated", target=weights, changed=changed)
    weights.refresh_from_db()
    return weights


@transaction.atomic
def roll_back_weights(*, by: User | None) -> RoutingWeights | None:
    """Back to the weights that were in use before, or to the code's own (None) where there were none.

    Raises:
        NothingToGoBackTo: the code's own are in use.
    """
    current, before = _step_back(RoutingWeights)
    audit.record(actor=by, action="qa.routing_weights_rolled_back", target=current, to=before.pk if before else None)
    return before


@transaction.atomic
def discard_weights(*, weights: RoutingWeights, by: User | None) -> None:
    """A proposal that is not wanted. One that is or was in use stays as it is."""
    if RoutingWeights.objects.filter(pk=weights.pk, stage=Stage.CANDIDATE).update(stage=Stage.RETIRED):
        audit.record(actor=by, action="qa.routing_weights_discarded", target=weights)


def _swap(kind: type[RoutingModel] | type[RoutingWeights], pk: int) -> bool:
    """False where it is in use already."""
    for row in lock_rows(kind._default_manager.filter(stage=Stage.ACTIVE)):
        if row.pk == pk:
            return False
        kind._default_manager.filter(pk=row.pk).update(stage=Stage.RETIRED)
    kind._default_manager.filter(pk=pk).update(stage=Stage.ACTIVE, activated_at=timezone.now())
    transaction.on_commit(model.forget)
    return True


def _step_back(kind: type[Version]) -> tuple[Version, Version | None]:
    """The version in use and the one before it, which takes its place."""
    everything = kind._default_manager.all()
    # Of models' payloads, megabytes each, nothing is read.
    rows = lock_rows(everything.defer("payload") if kind is RoutingModel else everything)  # type: ignore[misc]
    current = next((row for row in rows if row.stage == Stage.ACTIVE), None)
    if current is None:
        raise NothingToGoBackTo
    earlier = [row for row in rows if row.activated_at and row.activated_at < current.activated_at]
    before = max(earlier, key=lambda row: row.activated_at, default=None)
    kind._default_manager.filter(pk=current.pk).update(stage=Stage.RETIRED)
    if before:
        # Its own time stays, so that the next step back goes further back.
        kind._default_manager.filter(pk=before.pk).update(stage=Stage.ACTIVE)
        before.refresh_from_db()
    transaction.on_commit(model.forget)
    return current, before
