import logging

from celery import shared_task

from .public import search
from .services import dispatching, routing, standing

logger = logging.getLogger(__name__)


@shared_task
def tick() -> None:
    """What the clock makes due in dispatch; sent by each worker once a second, and at once when a question is sent off.

    Sent with the first priority: behind the messages of 5,000 questions waves opened minutes late.
    """
    dispatching.tick()


@shared_task
def count_categories() -> None:
    """What shops without a record are believed to do; every few minutes."""
    standing.count_categories()


@shared_task
def count_words() -> None:
    """In how many public questions each word stands; every quarter of an hour."""
    search.count()


@shared_task(soft_time_limit=3600, time_limit=3700)
def learn() -> None:
    """Each night: put counters right that have drifted, and train where there is enough to learn from."""
    standing.recount_open()
    try:
        candidate = routing.train_routing()
    except (routing.TooFewOutcomes, ImportError) as reason:
        logger.info("no routing model trained, the rates decide: %s", reason)
        return
    if routing.is_better(candidate):
        routing.activate_model(candidate=candidate, by=None)
