from celery import shared_task

from .search.frequencies import count


@shared_task
def count_words() -> None:
    count()
