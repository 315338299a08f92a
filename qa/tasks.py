from celery import shared_task

from .services import dispatching


@shared_task
def tick() -> None:
    """What the clock makes due in dispatch; sent each second, and at once when a question is sent off."""
    dispatching.tick()
