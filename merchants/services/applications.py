"""An application to open a shop, until it is sent."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.addresses import normal_mobile
from core import audit
from core.images import reencode
from core.locks import lock_row
from merchants.checks import is_bank_account, is_id_number, is_licence_number
from merchants.codes import digest_of
from merchants.errors import ApplicationInvalid, ApplicationLocked, ApplicationOpen, InviteCodeInvalid
from merchants.models import Application, ApplicationDocument, InviteCode
from merchants.selectors import documents_missing, needs_licence, open_application
from payments.banks import OTHER_BANK, cities

from .invites import find_code

EDITABLE = ("draft", "more_needed")
DOCUMENT_SIDE = 2000  # A licence's small print stays readable.
MAX_DOCUMENTS = 12
ONE_OF_A_KIND = ("licence", "id_front", "id_back")
# Chosen from WeChat's lists by payments.banks.choose, together.
BANK = ("bank", "bank_alias", "bank_alias_code", "bank_address_code", "bank_branch_id", "bank_branch")
FACTS = (
    "kind",
    "shop_name",
    "business_name",
    "licence_number",
    "contact_name",
    "contact_phone",
    "id_number",
    "bank_account",
    "introduction",
    *BANK,
)
# Field -> shortest and longest value, in characters.
LENGTHS = {
    "shop_name": (2, 30),
    "contact_name": (2, 30),
    "introduction": (5, 500),
    "business_name": (0, 80),
    "licence_number": (0, 18),
}


@transaction.atomic
def start_application(*, applicant: User, code: str, client: str, **facts) -> Application:
    """Redeem an invite code for an application, which starts as a draft.

    The same person with the same code again finds the application it began.

    Args:
        client: see `check_code`.
        facts: any of FACTS, as in `save_application`; may be left for later.

    Raises:
        InviteCodeInvalid, TooMany: see `check_code`; nothing was used up.
        ApplicationOpen: the applicant has another one that is not decided.
    """
    lock_row(applicant)
    begun = Application.objects.filter(applicant=applicant, invite_code__digest=digest_of(code)).first()
    if begun is not None:
        return begun
    if open_application(applicant) is not None:
        raise ApplicationOpen
    row = find_code(code=code, client=client, user=applicant)
    # Its own columns alone: a join would become a subquery, which PostgreSQL does not look at again after
    # waiting for the row. Revoking a batch marks its codes, so nothing is missed.
    free = InviteCode.objects.filter(pk=row.pk, redeemed_at=None, revoked_at=None)
    if not free.update(redeemed_by=applicant, redeemed_at=timezone.now()):
        raise InviteCodeInvalid  # Somebody was first, or ops revoked it this moment.
    application = Application.objects.create(applicant=applicant, invite_code=row)
    audit.record(actor=applicant, action="merchants.application_started", target=application, batch=row.batch.public_id)
    return save_application(application=application, **facts) if facts else application


@transaction.atomic
def save_application(*, application: Application, **facts) -> Application:
    """Store business facts while the application may be changed; those not given stay.

    Raises:
        ApplicationInvalid: with `fields`; nothing was stored.
        ApplicationLocked: it is being reviewed, or was decided.
    """
    application = _editable(application)
    for name in FACTS:
        if name in facts:
            setattr(application, name, _tidy(name, str(facts[name])))
    if errors := fact_errors(application):
        raise ApplicationInvalid(fields=errors)
    if not needs_licence(application.kind):
        application.business_name = application.licence_number = ""
    application.save()
    return application


@transaction.atomic
def add_document(*, application: Application, kind: str, upload) -> ApplicationDocument:
    """Add a picture; a new licence or identity card takes the place of the old one.

    Raises:
        core.images.BadImage: not a picture.
        ApplicationInvalid: no such kind, or too many.
        ApplicationLocked
    """
    if kind not in ApplicationDocument.Kind.values:
        raise ApplicationInvalid(fields={"kind": [_("There is no such kind of document")]})
    picture = reencode(upload, max_side=DOCUMENT_SIDE)
    application = _editable(application)
    if kind in ONE_OF_A_KIND:
        for old in application.documents.filter(kind=kind):
            delete_document(old)
    if application.documents.count() >= MAX_DOCUMENTS:
        raise ApplicationInvalid(fields={"image": [_("At most 12 pictures; remove one first")]})
    document = ApplicationDocument(application=application, kind=kind)
    document.image.save(picture.name, picture, save=False)
    document.save()
    return document


@transaction.atomic
def remove_document(*, document: ApplicationDocument) -> None:
    """Raises ApplicationLocked. A repeat is a no-op."""
    _editable(document.application)
    delete_document(document)


@transaction.atomic
def submit_application(*, application: Application) -> Application:
    """Send it to the reviewers. One that is waiting already stays as it is.

    Raises:
        ApplicationInvalid: facts or documents are missing; `fields` says which.
        ApplicationLocked: it was decided.
    """
    application = lock_row(application)
    if application.status == Application.Status.SUBMITTED:
        return application
    if application.status not in EDITABLE:
        raise ApplicationLocked
    errors = fact_errors(application)
    if missing := documents_missing(application):
        errors["documents"] = [_("Still missing: %(names)s") % {"names": "、".join(str(k.label) for k in missing)}]
    if errors:
        raise ApplicationInvalid(fields=errors)
    application.status = Application.Status.SUBMITTED
    application.submitted_at = timezone.now()
    application.save(update_fields=["status", "submitted_at"])
    audit.record(actor=application.applicant, action="merchants.application_submitted", target=application)
    return application


def fact_errors(application: Application) -> dict[str, list]:
    """What is wrong with the business facts: field -> messages."""
    errors: dict[str, list] = {}
    if application.kind not in Application.Kind.values:
        errors["kind"] = [_("Choose the kind of business")]
    for name, (least, most) in LENGTHS.items():
        if not least <= len(getattr(application, name)) <= most:
            errors[name] = [_("%(least)d to %(most)d characters") % {"least": least, "most": most}]
    if needs_licence(application.kind):
        if len(application.business_name) < 2:
            errors["business_name"] = [_("Write it as it stands on the licence")]
        if not is_licence_number(application.licence_number):
            errors["licence_number"] = [_("The 18 characters under the code on the licence; one of them is not right")]
    if not normal_mobile(application.contact_phone):
        errors["contact_phone"] = [_("Please give a mainland mobile number of 11 digits")]
    if not is_id_number(application.id_number):
        errors["id_number"] = [_("18 characters; one of them is not right")]
    if not is_bank_account(application.bank_account):
        errors["bank_account"] = [_("8 to 30 digits")]
    return errors | _bank_errors(application)


def _bank_errors(application: Application) -> dict[str, list]:
    errors: dict[str, list] = {}
    if not application.bank or not application.bank_alias_code:
        errors["bank_alias_code"] = [_("Choose your bank")]
    if application.bank_address_code not in cities():
        errors["bank_address_code"] = [_("Choose the city of the bank")]
    if application.bank == OTHER_BANK and not application.bank_branch_id:
        errors["bank_branch_id"] = [_("This bank wants its branch to be named: choose it")]
    return errors


def _tidy(name: str, text: str) -> str:
    text = text.replace("\0", "").strip()
    if name in ("licence_number", "id_number", "bank_account"):
        return "".join(text.split()).upper()
    if name == "contact_phone":
        return normal_mobile(text) or text
    return text if name == "introduction" else " ".join(text.split())


def _editable(application: Application) -> Application:
    application = lock_row(application)
    if application.status not in EDITABLE:
        raise ApplicationLocked
    return application


def delete_document(document: ApplicationDocument) -> None:
    storage, name = document.image.storage, document.image.name
    if ApplicationDocument.objects.filter(pk=document.pk).delete()[0]:
        transaction.on_commit(lambda: storage.delete(name))
