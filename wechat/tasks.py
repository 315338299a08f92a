from celery import shared_task

from . import services


@shared_task
def purge_receipts() -> int:
    return services.purge_receipts()
