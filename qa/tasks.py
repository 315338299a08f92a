from celery import shared_task

from .services import dispatching, standing


@shared_task
def tick() -> None:
    """What the clock makes due in dispatch; sent each second, and at once when a question is sent off."""
    dispatching.tick()


@shared_task
def count_categories() -> None:
    """What shops without a record are believed to do."""
    standing.count_categories()


@shared_task
def recount_open() -> None:
    """Put counters right that have drifted."""
    standing.recount_open()
