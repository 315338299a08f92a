"""The way to a shop: code, facts, documents, and then waiting for the reviewers."""

from dataclasses import asdict
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import limits
from accounts.forms import add_refusal
from core.errors import DomainError
from core.web import public
from merchants import services
from merchants.errors import ApplicationOpen
from merchants.forms import BankForm, CodeForm, DocumentForm, FactsForm
from merchants.models import Application, ApplicationDocument
from merchants.permissions import signed_in
from merchants.selectors import documents_missing, open_application
from merchants.services.applications import EDITABLE

KEPT_CODE = "invite_code"


@public
@never_cache
@require_http_methods(["GET", "POST"])
def apply(request):
    """Enter an invite code. Whoever isn't signed in proves the code first and signs in then."""
    user = request.user if request.user.is_authenticated else None
    begun = open_application(user) if user else None
    if begun is not None:
        return redirect("merchants:application", begun.public_id)
    kept = request.session.get(KEPT_CODE, "")
    form = CodeForm(request.POST or None, initial={"code": kept})
    if request.method == "POST" and form.is_valid():
        try:
            return _redeem(request, user, form.cleaned_data["code"])
        except ApplicationOpen:
            return redirect("merchants:apply")
        except DomainError as refusal:
            request.session.pop(KEPT_CODE, None)
            add_refusal(form, refusal)
    return render(request, "merchants/apply.html", {"form": form, "step": 1}, status=400 if form.errors else 200)


def _redeem(request, user, code: str):
    client = limits.client_address(request)
    if user is None:
        services.check_code(code=code, client=client)
        request.session[KEPT_CODE] = code
        return redirect(f"{reverse('accounts:login')}?{urlencode({'next': request.path})}")
    application = services.start_application(applicant=user, code=code, client=client)
    request.session.pop(KEPT_CODE, None)
    return redirect("merchants:application", application.public_id)


@signed_in
@never_cache
def application(request, application_id):
    """How it stands. A draft goes straight to what is to be filled in."""
    own = _own(request, application_id)
    if own.status == Application.Status.DRAFT:
        return redirect("merchants:documents" if own.introduction else "merchants:facts", own.public_id)
    return render(request, "merchants/application.html", {"application": own, "missing": documents_missing(own)})


@signed_in
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def facts(request, application_id):
    own = _own(request, application_id)
    if own.status not in EDITABLE:
        return redirect("merchants:application", own.public_id)
    form = FactsForm(request.POST or None, instance=own)
    bank = _bank_form(request, own)
    if request.method == "POST" and form.is_valid() and bank.is_valid():
        try:
            services.save_application(application=own, **form.cleaned_data, **asdict(bank.account()))
        except DomainError as refusal:
            _refuse(form, bank, refusal)
        else:
            return redirect("merchants:documents", own.public_id)
    wrong = request.method == "POST"
    context = {"form": form, "bank": bank, "application": own, "step": 2}
    return render(request, "merchants/facts.html", context, status=400 if wrong else 200)


@signed_in
@sensitive_post_parameters()
@never_cache
@require_POST
def bank(request, application_id):
    """The bank's fields alone, as they follow from what has been chosen so far."""
    own = _own(request, application_id)
    form = _bank_form(request, own)
    form.errors.clear()  # Nothing has been sent yet.
    return render(request, "merchants/bank.html", {"bank": form, "application": own})


def _bank_form(request, own: Application) -> BankForm:
    names = ("bank_alias_code", "bank_address_code", "bank_branch_id")
    kind = request.POST.get("kind", own.kind)
    initial = {name: getattr(own, name) for name in names}
    return BankForm(request.POST or None, initial=initial, company=kind == Application.Kind.COMPANY)


def _refuse(form: FactsForm, bank: BankForm, refusal: DomainError) -> None:
    """Each word beside its field, in whichever of the two forms that stands."""
    fields = getattr(refusal, "fields", {})
    for name in [name for name in fields if name in bank.fields]:
        bank.add_error(name, fields.pop(name))
    if fields or not bank.errors:
        add_refusal(form, refusal)


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def documents(request, application_id):
    own = _own(request, application_id)
    if own.status not in EDITABLE:
        return redirect("merchants:application", own.public_id)
    missing = documents_missing(own)
    form = DocumentForm(
        request.POST or None, request.FILES or None, initial={"kind": missing[0] if missing else "other"}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.add_document(application=own, kind=form.cleaned_data["kind"], upload=form.cleaned_data["image"])
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("merchants:documents", own.public_id)
    context = {"form": form, "application": own, "missing": missing, "papers": own.documents.order_by("pk"), "step": 3}
    return render(request, "merchants/documents.html", context, status=400 if form.errors else 200)


@signed_in
@require_POST
def submit(request, application_id):
    own = _own(request, application_id)
    try:
        services.submit_application(application=own)
    except DomainError as refusal:
        words = [str(m) for found in getattr(refusal, "fields", {}).values() for m in found] or [str(refusal.message)]
        messages.error(request, "；".join(words))
        facts_wrong = set(getattr(refusal, "fields", {})) - {"documents"}
        return redirect("merchants:facts" if facts_wrong else "merchants:documents", own.public_id)
    messages.success(request, _("Sent. We tell you in WeChat as soon as it is reviewed"))
    return redirect("merchants:application", own.public_id)


@signed_in
@require_POST
def remove_document(request, application_id, document_id):
    own = _own(request, application_id)
    paper = get_object_or_404(own.documents, public_id=document_id)
    try:
        services.remove_document(document=paper)
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("merchants:documents", own.public_id)


@signed_in
def document(request, document_id):
    """A document's picture, for its applicant and for ops who may see applications; never cached by anybody."""
    paper = ApplicationDocument.objects.select_related("application").filter(public_id=document_id).first()
    if paper is None or not _may_see(request, paper.application):
        raise Http404
    response = FileResponse(paper.image.open(), content_type="image/webp")
    response["Cache-Control"] = "private, no-store"
    return response


def _may_see(request, application: Application) -> bool:
    if application.applicant_id == request.user.pk:
        return True
    return admin.site.has_permission(request) and request.user.has_perm("merchants.view_application")


def _own(request, application_id: str) -> Application:
    return get_object_or_404(Application, public_id=application_id, applicant=request.user)
