"""A product's pictures: at most nine, in the merchant's order, the first of them its cover."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from core import audit, images
from core.errors import Invalid, NotFound
from core.locks import lock_row, lock_rows

from ..errors import TooManyImages
from ..models import PictureCheck, Product, ProductImage
from .pictures import request_check
from .products import refresh_product

MAX_IMAGES = 9
THUMBNAIL_SIDE = 400


def add_image(*, product: Product, by, upload) -> ProductImage:
    """Put a picture behind the others. Buyers see it once it has passed the content check.

    Args:
        upload: a file of untrusted content; what is stored is drawn anew from it.

    Raises:
        BadImage: it isn't a picture we accept; TooManyImages: there are nine already.
    """
    picture = images.reencode(upload)
    picture.seek(0)
    thumbnail = images.reencode(picture, max_side=THUMBNAIL_SIDE)
    picture.seek(0)
    with transaction.atomic():
        lock_rows(product.skus.all())  # Before the product, as an order does (services.stock).
        locked = lock_row(product)
        if locked.images.count() >= MAX_IMAGES:
            raise TooManyImages
        last = locked.images.aggregate(last=Max("position"))["last"]
        image = ProductImage(
            product=product, image=picture, thumbnail=thumbnail, position=0 if last is None else last + 1
        )
        image.save()
        request_check(shop=product.shop, place=PictureCheck.Place.PRODUCT, picture=image.image.name, image=image)
        audit.record(actor=by, action="shops.image_added", target=product, image=image.public_id)
    return image


@transaction.atomic
def remove_image(*, image: ProductImage, by) -> None:
    """Take a picture away. Its files stay: order lines and chat cards of the past still show them."""
    product = image.product
    lock_rows(product.skus.all())
    lock_row(product)
    if ProductImage.objects.filter(pk=image.pk).delete()[0]:
        refresh_product(product)
        audit.record(actor=by, action="shops.image_removed", target=product, image=image.public_id)


@transaction.atomic
def order_images(*, product: Product, by, image_ids: Sequence[str]) -> None:
    """Put the pictures in the order of `image_ids`, their public ids.

    Raises:
        NotFound: one of them is not this product's; Invalid: one is missing or named twice.
    """
    lock_rows(product.skus.all())
    lock_row(product)
    present = {image.public_id: image for image in product.images.all()}
    if set(image_ids) - set(present):
        raise NotFound
    if sorted(image_ids) != sorted(present):
        raise Invalid(fields={"image_ids": ["each picture once"]})
    for position, public_id in enumerate(image_ids):
        if present[public_id].position != position:
            ProductImage.objects.filter(pk=present[public_id].pk).update(position=position)
    refresh_product(product)
    audit.record(actor=by, action="shops.images_ordered", target=product)
