"""The sweep: notices get lost, so whatever only WeChat knows is asked about until it is known."""

import logging
from typing import cast

from celery import shared_task

from wechat.errors import WeChatError

from . import asking, services
from .models import Asked, Payment, Refund, Split, SubMerchant

logger = logging.getLogger(__name__)

QUESTIONS = {
    "payment": (Payment, services.query_payment),
    "refund": (Refund, services.query_refund),
    "split": (Split, services.query_split),
    "sub_merchant": (SubMerchant, services.query_applyment),
}


@shared_task
def sweep() -> None:
    """Send a question for every row that is due. A lost one is asked again when its time comes anew."""
    for kind, (model, _) in QUESTIONS.items():
        for pk in asking.claim_due(cast(type[Asked], model)):
            ask.apply_async((kind, pk), expires=60)


@shared_task
def ask(kind: str, pk: int) -> None:
    try:
        QUESTIONS[kind][1](pk)
    except WeChatError as error:
        # Not answered: the row's own ask_at brings it back.
        logger.warning("%s %s: %s", kind, pk, error.code)
