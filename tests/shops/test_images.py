import pytest
from django.core.files.base import ContentFile
from PIL import Image

from core.errors import Invalid, NotFound
from core.images import BadImage
from shops import services
from shops.errors import TooManyImages

from .factories import make_picture, make_product, make_upload, pass_picture

pytestmark = pytest.mark.django_db


def covers(product):
    product.refresh_from_db()
    return product.cover


def test_image_is_drawn_anew_with_a_thumbnail_and_becomes_the_cover(shop, owner):
    product = make_product(shop)
    image = services.add_image(product=product, by=owner, upload=make_upload(width=1200, height=900))
    assert (image.width, image.height) == (1200, 900)
    with Image.open(image.thumbnail.path) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (400, 300))
    assert covers(product) == ""
    pass_picture(image.check_row)
    assert covers(product) == image.thumbnail.url


def test_a_product_has_at_most_nine_images(shop, owner):
    product = make_product(shop, images=9)
    with pytest.raises(TooManyImages):
        services.add_image(product=product, by=owner, upload=make_upload())
    assert product.images.count() == 9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        make_picture()[:40],
        b"GIF89a" + b"\0" * 64,
    ],
)
def test_what_is_no_picture_is_refused(shop, owner, content):
    product = make_product(shop)
    with pytest.raises(BadImage):
        services.add_image(product=product, by=owner, upload=ContentFile(content, "x.png"))
    assert covers(product) == ""
    assert not product.images.exists()


def test_images_are_ordered_and_removed(shop, owner):
    product = make_product(shop, images=3)
    first, second, third = product.images.all()
    services.order_images(product=product, by=owner, image_ids=[third.public_id, first.public_id, second.public_id])
    assert covers(product) == third.thumbnail.url
    services.remove_image(image=third, by=owner)
    assert covers(product) == first.thumbnail.url
    services.remove_image(image=third, by=owner)
    assert list(product.images.all()) == [first, second]


def test_order_of_images_names_each_once_and_no_foreign_one(shop, owner):
    product, other = make_product(shop, images=2), make_product(shop, images=1)
    ids = [image.public_id for image in product.images.all()]
    for wrong in (ids[:1], [ids[0], ids[0]], []):
        with pytest.raises(Invalid):
            services.order_images(product=product, by=owner, image_ids=wrong)
    with pytest.raises(NotFound):
        services.order_images(product=product, by=owner, image_ids=[ids[0], other.images.get().public_id])
    assert [image.public_id for image in product.images.all()] == ids
