"""One product: what it says, its variants, its pictures."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError, Invalid, NotFound
from merchants.permissions import requires
from shops import services
from shops.forms import ProductForm, SkuForm, by_public_id, category_in, chosen_values, show_refusal
from shops.models import Attribute, Category, Product
from shops.services.images import MAX_IMAGES

from .products import shop_of


def product_of(request, product_id: str) -> Product:
    product = Product.objects.of_shop(shop_of(request)).filter(public_id=product_id).select_related("category").first()
    if product is None:
        raise Http404
    return product


@requires("catalogue")
@require_http_methods(["GET", "POST"])
def product_new(request):
    if request.method == "POST":
        return _save(request, None)
    return _show(request, None, ProductForm(), [SkuForm(initial={"stock": 1})])


@requires("catalogue")
@require_http_methods(["GET", "POST"])
def product(request, product_id):
    product = product_of(request, product_id)
    if request.method == "POST":
        return _save(request, product)
    rows = [SkuForm.of(sku) for sku in product.skus.filter(archived_at=None)]
    chosen = set(product.values.values_list("pk", flat=True))
    return _show(request, product, ProductForm.of(product), rows or [SkuForm()], chosen=chosen)


def _save(request, product: Product | None):
    form, rows = ProductForm(request.POST), [SkuForm()]
    try:
        rows = SkuForm.rows(request.POST)
        # All of them, so that every mistake is shown at once.
        if all([form.is_valid(), *[row.is_valid() for row in rows]]):
            product = _write(request, product, form, [row.draft() for row in rows])
            return _saved(request, product)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        form.is_valid()
        show_refusal(form, error)
    chosen = {value.pk for value in chosen_values(category_in(form), request.POST)}
    return _show(request, product, form, rows, chosen=chosen, status=422)


@transaction.atomic
def _write(request, product, form, drafts) -> Product:
    given = {**form.cleaned_data, "values": chosen_values(form.cleaned_data["category"], request.POST), "skus": drafts}
    if product is None:
        product = services.create_product(shop=shop_of(request), by=request.user, **given)
    else:
        product = services.update_product(product=product, by=request.user, **given)
    for upload in request.FILES.getlist("images")[: MAX_IMAGES + 1]:
        services.add_image(product=product, by=request.user, upload=upload)
    return product


def _saved(request, product: Product):
    if request.POST.get("do") != "publish":
        messages.success(request, _("Saved"))
        return redirect("shops:product", product.public_id)
    try:
        product = services.publish(product=product, by=request.user)
    except Invalid as error:
        for reasons in error.fields.values():
            messages.error(request, reasons[0])
        return redirect("shops:product", product.public_id)
    on_sale = product.status == Product.Status.PUBLISHED
    messages.success(request, _("On sale") if on_sale else _("Saved; it goes on sale once its words have been checked"))
    return redirect("shops:products")


def _show(request, product, form, rows, *, chosen=frozenset(), status=200):
    context = {
        "product": product,
        "form": form,
        "rows": rows,
        "blank": SkuForm(),
        "images": _pictures(product) if product else [],
        "max_images": MAX_IMAGES,
        **_attributes(category_in(form), chosen),
    }
    return render(request, "shops/product.html", context, status=status)


def _attributes(category: Category | None, chosen=frozenset()) -> dict:
    attributes = Attribute.objects.filter(category=category).prefetch_related("values") if category else []
    return {"category": category, "attributes": attributes, "chosen": chosen}


@requires("catalogue")
@require_GET
def product_values(request):
    """The attribute chips of the category that was just chosen."""
    category = by_public_id(request.GET.get("category", ""))
    return render(request, "shops/values.html", _attributes(category))


@requires("catalogue")
@require_POST
def product_images(request, product_id):
    """Add pictures; what is refused says why, the others stay."""
    product, refused = product_of(request, product_id), ""
    for upload in request.FILES.getlist("images"):
        try:
            services.add_image(product=product, by=request.user, upload=upload)
        except DomainError as error:
            refused = error.message
            break
    return _images(request, product, refused)


@requires("catalogue")
@require_POST
def product_image(request, product_id, image_id):
    """`do`: remove, or first, which makes it the cover, or earlier."""
    product = product_of(request, product_id)
    image = product.images.filter(public_id=image_id).first()
    if image is None:
        raise Http404
    act = request.POST.get("do")
    if act == "remove":
        services.remove_image(image=image, by=request.user)
    elif act in ("first", "earlier"):
        order = list(product.images.values_list("public_id", flat=True))
        place = order.index(image_id)
        order.insert(0 if act == "first" else max(place - 1, 0), order.pop(place))
        services.order_images(product=product, by=request.user, image_ids=order)
    else:
        raise Http404
    return _images(request, product)


def _pictures(product):
    return product.images.select_related("check_row")


def _images(request, product, refused=""):
    if not request.htmx:
        if refused:
            messages.error(request, refused)
        return redirect("shops:product", product.public_id)
    context = {"product": product, "images": _pictures(product), "max_images": MAX_IMAGES, "refused": refused}
    return render(request, "shops/images.html", context, status=422 if refused else 200)
