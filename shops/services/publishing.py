"""On sale and off again. Nobody but the shop sees a product before its words have passed WeChat's check.

draft | rejected | withdrawn -> screening -> published | rejected;  screening | published -> withdrawn
"""

import hashlib
import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import WeChatIdentity
from core import audit, ids, outbox
from core.locks import lock_row
from wechat import moderation

from ..errors import NotPublishable, ProductBusy
from ..models import Product

logger = logging.getLogger(__name__)

ON_THE_SHELF = (Product.Status.SCREENING, Product.Status.PUBLISHED)
# The request that publishes asks at once; the outbox only steps in where that came to nothing.
SAFETY_NET_SECONDS = 15
MAX_ASKED = 3


def publish(*, product: Product, by) -> Product:
    """Put a product on sale: at once where its words have passed before, otherwise once they pass.

    A product that is on the shelf already stays as it is. When the checker can't be reached the product
    is held as `screening`, and the outbox asks again.

    Raises:
        NotPublishable: `fields` names what is missing (category, skus).
    """
    with transaction.atomic():
        product = lock_row(product)
        if product.status in ON_THE_SHELF:
            return product
        _require_complete(product)
        audit.record(actor=by, action="shops.product_published", target=product)
        if product.passed_digest == digest(product):
            return _move(product, Product.Status.PUBLISHED)
        _send_to_screening(product)
    product.refresh_from_db(fields=["status", "reason", "passed_digest"])
    return product


def recheck(*, product: Product, by) -> Product:
    """After an edit: a product on the shelf whose words are new goes back to the check, in the caller's transaction."""
    if product.status not in ON_THE_SHELF or product.passed_digest == digest(product):
        return product
    audit.record(actor=by, action="shops.product_rechecked", target=product)
    _send_to_screening(product)
    return product


@transaction.atomic
def withdraw(*, product: Product, by) -> Product:
    """Take a product off the shelf; one that isn't on it stays as it is."""
    product = lock_row(product)
    if product.status in ON_THE_SHELF:
        _move(product, Product.Status.WITHDRAWN)
        audit.record(actor=by, action="shops.product_withdrawn", target=product)
    return product


@transaction.atomic
def conclude_screening(*, product: Product, passed: bool, reason: str = "", by=None) -> Product:
    """Record the verdict: the checker's (`by` None) or that of ops. A product no longer waiting for one stays.

    Args:
        reason: shown to the shop when it did not pass.
    """
    product = lock_row(product)
    if product.status != Product.Status.SCREENING:
        return product
    if passed:
        product.passed_digest = digest(product)
        product.save(update_fields=["passed_digest"])
    _move(product, Product.Status.PUBLISHED if passed else Product.Status.REJECTED, reason=reason)
    action = "shops.product_passed" if passed else "shops.product_rejected"
    audit.record(actor=by, action=action, target=product, reason=str(reason))
    return product


@transaction.atomic
def take_down(*, product: Product, reason: str, by) -> Product:
    """Ops take a product off the shelf; its words have to pass again.

    Raises:
        ProductBusy: it is not on the shelf.
    """
    product = lock_row(product)
    if product.status not in ON_THE_SHELF:
        raise ProductBusy
    product.passed_digest = ""
    product.save(update_fields=["passed_digest"])
    _move(product, Product.Status.REJECTED, reason=reason)
    audit.record(actor=by, action="shops.product_taken_down", target=product, reason=reason)
    return product


def screen_product(product_id: int) -> None:
    """Outbox handler: ask WeChat about a waiting product's words.

    Raises:
        outbox.Retry: no verdict yet. Ops can decide meanwhile.
    """
    product = Product.objects.filter(pk=product_id, status=Product.Status.SCREENING).first()
    if product is None:
        return
    checked = digest(product)
    with moderation.or_again():
        verdict = _ask(product)
    if verdict.suggest == "review":
        # A person decides in ops' admin; the row is done with.
        Product.objects.filter(pk=product_id, status=Product.Status.SCREENING).update(
            reason=str(_("A person is looking at it"))
        )
        return
    with transaction.atomic():
        product = lock_row(product)
        if digest(product) != checked:
            raise outbox.Retry("edited", after=1)
        reason = (
            "" if verdict.suggest == "pass" else str(_("The words break WeChat's rules; change them and publish again"))
        )
        conclude_screening(product=product, passed=verdict.suggest == "pass", reason=reason)


def digest(product: Product) -> str:
    return hashlib.sha256(words(product).encode()).hexdigest()


def words(product: Product) -> str:
    """Everything of the product that buyers read and that its merchant wrote."""
    names = product.skus.filter(archived_at=None).order_by("position", "id").values_list("name", flat=True)
    return "\n".join([product.title, product.description, *filter(None, names)])


def _ask(product: Product) -> moderation.Verdict:
    """WeChat wants an author who was in the mini-program lately: any of the shop's staff, else the operator's."""
    staff = WeChatIdentity.objects.filter(
        kind=WeChatIdentity.Kind.MINI_PROGRAM,
        user__memberships__merchant=product.shop.merchant_id,
        user__memberships__removed_at=None,
    )
    openids = staff.order_by("pk").values_list("openid", flat=True)[:MAX_ASKED]
    return moderation.check_text_by_any(openids=openids, text=words(product), scene=moderation.SOCIAL_LOG)


def _require_complete(product: Product) -> None:
    missing = {}
    if product.category_id is None:
        missing["category"] = [_("Choose a category, or no question will reach it")]
    if not product.skus.filter(archived_at=None).exists():
        missing["skus"] = [_("Add at least one variant with a price")]
    if missing:
        raise NotPublishable(fields=missing)


def _send_to_screening(product: Product) -> None:
    _move(product, Product.Status.SCREENING)
    outbox.enqueue(
        kind="shops.screen_product",
        key=f"{product.public_id}:{ids.public_id()}",
        payload={"product_id": product.pk},
        due_at=timezone.now() + timedelta(seconds=SAFETY_NET_SECONDS),
    )
    transaction.on_commit(lambda: _try_now(product.pk))


def _try_now(product_id: int) -> None:
    try:
        screen_product(product_id)
    except outbox.Retry as outcome:
        logger.warning("product held until the check answers: %s", outcome.code)


def _move(product: Product, status: Product.Status, *, reason: str = "") -> Product:
    product.status, product.reason = status, str(reason)[:200]
    product.save(update_fields=["status", "reason"])
    return product
