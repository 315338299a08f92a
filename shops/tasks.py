from celery import shared_task

from . import services
from .search.frequencies import count
from .search.reranking import embed

# Vectors made a minute: ten seconds of one core.
EMBEDDED_AT_ONCE = 300


@shared_task
def count_words() -> None:
    count()


@shared_task
def embed_products() -> None:
    """Does nothing where no reranker is switched on."""
    embed(EMBEDDED_AT_ONCE)


@shared_task
def resume_questions() -> None:
    """Shops whose pause is over take questions again."""
    services.resume_questions()
