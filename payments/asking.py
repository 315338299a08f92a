"""When to ask WeChat again about what it has not told us: delivery of its notices is not guaranteed.

The next time is a column, not a task: the sweep reads it, so a lost wake-up costs one interval.
"""

from datetime import datetime, timedelta

from django.db.models import ExpressionWrapper, F, Value
from django.db.models.fields import DateTimeField, DurationField
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from .models import Asked, Payment, SubMerchant

FIRST = timedelta(seconds=10)
# The longest pause between two questions: a buyer waits for the first, a person somewhere acts on the others.
LONGEST: dict[type[Asked], timedelta] = {Payment: timedelta(seconds=30), SubMerchant: timedelta(minutes=5)}
OTHERWISE = timedelta(hours=1)
BATCH = 500


def first_time() -> datetime:
    return timezone.now() + FIRST


def claim_due(model: type[Asked]) -> list[int]:
    """Primary keys to ask about now, oldest first; each is put off by its own age, so that the pauses double."""
    now = timezone.now()
    ids = list(model._default_manager.filter(ask_at__lte=now).order_by("ask_at").values_list("pk", flat=True)[:BATCH])
    if ids:
        since = "prepaid_at" if model is Payment else "created_at"
        age = ExpressionWrapper(Value(now, DateTimeField()) - F(since), DurationField())
        pause = Least(Greatest(age, Value(FIRST)), Value(LONGEST.get(model, OTHERWISE)))
        model._default_manager.filter(pk__in=ids, ask_at__lte=now).update(
            ask_at=ExpressionWrapper(Value(now, DateTimeField()) + pause, DateTimeField())
        )
    return ids
