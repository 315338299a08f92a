from celery import shared_task

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
