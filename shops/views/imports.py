"""Products from a table: upload, progress, and every row that was not taken with its reason."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import DomainError
from merchants.permissions import requires
from shops import selectors, services, sheets
from shops.forms import ColumnsForm, ImportForm, category_in, show_refusal
from shops.models import Attribute

from .products import shop_of

SHOWN_ERRORS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires("catalogue")
@require_http_methods(["GET", "POST"])
def product_imports(request):
    """With `category` the page also tells what the columns of that category may have."""
    form, columns = ImportForm(request.POST or None, request.FILES or None), ColumnsForm(request.GET or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = services.start_import(shop=shop_of(request), by=request.user, upload=form.cleaned_data["file"])
        except DomainError as error:
            show_refusal(form, error)
        else:
            return redirect("shops:product_import", job.public_id)
    category = category_in(columns)
    context = {
        "form": form,
        "jobs": shop_of(request).imports.all()[:10],
        "columns": columns,
        "category": category,
        "attributes": Attribute.objects.filter(category=category).prefetch_related("values") if category else [],
    }
    return render(request, "shops/imports.html", context, status=422 if form.errors else 200)


def import_of(request, import_id: str):
    job = shop_of(request).imports.filter(public_id=import_id).first()
    if job is None:
        raise Http404
    return job


@requires("catalogue")
@require_GET
def product_import(request, import_id):
    """The report; its progress part alone for htmx."""
    job = import_of(request, import_id)
    errors = selectors.import_errors(job)
    context = {"job": job, "errors": errors[:SHOWN_ERRORS], "more": max(0, len(errors) - SHOWN_ERRORS)}
    return render(request, "shops/import_progress.html" if request.htmx else "shops/import.html", context)


@requires("catalogue")
@require_GET
def product_import_errors(request, import_id):
    """The report as a file for the spreadsheet it came from."""
    job = import_of(request, import_id)
    rows = [[_("Row"), _("Column"), _("Value"), _("Problem")]]
    rows += [
        [error["row"], error["column"], error["value"], error["message"]] for error in selectors.import_errors(job)
    ]
    return _download(sheets.write_csv(rows), "text/csv; charset=utf-8", f"import-{job.public_id}.csv")


@requires("catalogue")
@require_GET
def product_import_template(request, kind):
    if kind == "xlsx":
        return _download(sheets.template_xlsx(), XLSX, "weixuan-products.xlsx")
    return _download(sheets.write_csv(sheets.template_rows()), "text/csv; charset=utf-8", "weixuan-products.csv")


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
