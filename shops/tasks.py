from celery import shared_task

from . import services
from .search import index, indexing
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
def index_changes() -> None:
    """Where an index beside PostgreSQL is switched on: write to it what changed."""
    try:
        indexing.catch_up()
    except indexing.Busy:
        pass
    except index.Unusable as unusable:
        index.complain(str(unusable))


@shared_task
def resume_questions() -> None:
    """Shops whose pause is over take questions again."""
    services.resume_questions()
