"""A shop's pictures go to WeChat's check; until one has passed only its shop and ops see it.

A picture is judged by itself, not with its product's words: its verdict may take WeChat half an hour, and a product
that is on sale stays there while a picture is added to it. The check's row is the memory; the outbox asks, and asks
again once a verdict is overdue (lost, or here before its trace_id was kept).
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import WeChatIdentity
from core import audit, outbox
from core.locks import lock_row, lock_rows
from wechat import moderation

from ..models import PictureCheck, Product, ProductImage, Shop
from .products import refresh_product

Verdict = PictureCheck.Verdict
SUGGESTED = {"pass": Verdict.PASSED, "review": Verdict.REVIEW}
# From where a verdict may come: WeChat's only while one is waited for; ops may also decide what WeChat left to a
# person, and take down what has passed.
OF_WECHAT = {Verdict.PASSED: ["waiting"], Verdict.REVIEW: ["waiting"], Verdict.REFUSED: ["waiting"]}
OF_OPS = {Verdict.PASSED: ["waiting", "review"], Verdict.REFUSED: ["waiting", "review", "passed"]}
UNDECIDED = ("waiting", "review")


def request_check(*, shop: Shop, place: str, picture, image: ProductImage | None = None) -> PictureCheck:
    """Have a picture judged, in the caller's transaction. For a logo or avatar the one waited for so far is dropped.

    Args:
        place: a PictureCheck.Place; where the picture will be shown.
        picture: a re-encoded file, or the name of one in the storage.
        image: which one of a product's.
    """
    if image is None:
        drop_checks(shop=shop, place=place)
    check = PictureCheck.objects.create(shop=shop, place=place, picture=picture, image=image)
    outbox.enqueue(kind="shops.screen_picture", key=check.public_id, payload={"check_id": check.pk})
    return check


def drop_checks(*, shop: Shop, place: str) -> None:
    """The shop has taken it back, or another one in its stead: a verdict that still comes changes nothing."""
    waited_for = PictureCheck.objects.filter(shop=shop, place=place, verdict__in=UNDECIDED)
    waited_for.update(verdict=Verdict.REPLACED, decided_at=timezone.now())


def screen_picture(check_id: int) -> None:
    """Outbox handler: send a picture that is waited for, and again once its verdict is overdue.

    Raises:
        outbox.Retry: always while there is no verdict; ops can decide meanwhile.
    """
    check = PictureCheck.objects.select_related("shop").filter(pk=check_id, verdict=Verdict.WAITING).first()
    if check is None:
        return
    left = moderation.verdict_due(check.asked_at) if check.asked_at else 0
    if not left:
        url = f"{settings.PUBLIC_URL}{check.picture.url}"
        with moderation.or_again():
            trace_id = moderation.check_image_async(
                openid=_openid(check.shop), media_url=url, scene=moderation.SOCIAL_LOG, before=check.trace_id
            )
        PictureCheck.objects.filter(pk=check.pk).update(trace_id=trace_id, asked_at=timezone.now())
        left = moderation.VERDICT_WITHIN.total_seconds()
    raise outbox.Retry("picture_pending", after=left)


def conclude_trace(*, trace_id: str, suggest: str) -> None:
    """wxa_media_check: WeChat's verdict. An unknown or repeated trace is passed over."""
    check = PictureCheck.objects.filter(trace_id__in=moderation.traces_of(trace_id)).first() if trace_id else None
    if check:
        conclude_picture(check=check, verdict=SUGGESTED.get(suggest, Verdict.REFUSED))


@transaction.atomic
def conclude_picture(*, check: PictureCheck, verdict: str, by=None) -> bool:
    """Record a verdict, WeChat's (`by` None) or that of ops, and show or hide the picture.

    Returns:
        False where the check is not in a state that allows it; nothing has changed then.
    """
    image = check.image
    if image:
        lock_rows(image.product.skus.all())  # Before the product, as an order does (services.stock).
        lock_row(image.product)
    shop = check.shop if image else lock_row(check.shop)
    allowed = (OF_OPS if by else OF_WECHAT).get(Verdict(verdict), [])
    changed = PictureCheck.objects.filter(pk=check.pk, verdict__in=allowed)
    if not changed.update(verdict=verdict, decided_at=timezone.now()):
        return False
    shown = verdict == Verdict.PASSED
    if image:
        _show_image(image, shown)
    else:
        _show_face(shop, check, shown)
    outbox.cancel(kind="shops.screen_picture", key=check.public_id)
    audit.record(actor=by, action="shops.picture_checked", target=check, verdict=str(verdict), place=check.place)
    return True


def _show_image(image: ProductImage, shown: bool) -> None:
    if ProductImage.objects.filter(pk=image.pk).exclude(shown=shown).update(shown=shown):
        refresh_product(Product.objects.get(pk=image.product_id))


def _show_face(shop: Shop, check: PictureCheck, shown: bool) -> None:
    present = getattr(shop, check.place).name
    if shown or present == check.picture.name:
        Shop.objects.filter(pk=shop.pk).update(**{check.place: check.picture.name if shown else ""})


def _openid(shop: Shop) -> str:
    """WeChat wants somebody of the mini-program behind it: one of the staff, else the operator's."""
    staff = WeChatIdentity.objects.filter(
        kind=WeChatIdentity.Kind.MINI_PROGRAM,
        user__memberships__merchant=shop.merchant_id,
        user__memberships__removed_at=None,
    )
    return staff.order_by("pk").values_list("openid", flat=True).first() or settings.WECHAT_MODERATION_OPENID
