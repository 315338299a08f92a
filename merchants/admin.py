"""Ops' desk for merchants: recruit, review, watch."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from accounts.models import User
from accounts.selectors import masked_phone
from core.admin import ReadOnlyAdmin, status_label
from core.dialogs import ReasonForm, RowActions, row_action
from core.models import AuditEntry
from payments.banks import cities

from . import services
from .admin_codes import IssuedCodes
from .admin_forms import ApproveForm, BatchForm, FeeForm, NoteForm
from .models import Application, InviteBatch, Membership, Merchant
from .selectors import with_counts

APPLICATION_TONES = {"submitted": "warning", "more_needed": "info", "approved": "success", "rejected": "danger"}
MERCHANT_TONES = {"active": "success", "suspended": "danger"}
STEPS = {**dict(Application.Status.choices), "started": _("Code redeemed"), "erased": _("Personal data removed")}


def _can_be(decision: str):
    """Whether an application in its state can be decided so."""
    return lambda application: decision in Application.TRANSITIONS.get(application.status, ())


@admin.register(InviteBatch)
class InviteBatchAdmin(IssuedCodes, RowActions, ModelAdmin):
    """Issue codes (shown once), see what became of them, revoke."""

    form = BatchForm
    list_display = ["name", "channel", "issued", "redeemed", "active", "expires_at", "revoked_at", "created_by"]
    list_filter = ["channel"]
    search_fields = ["name", "channel"]
    fields = ["name", "channel", "quota", "expires_at"]
    actions_detail = ["revoke"]

    def get_queryset(self, request):
        return with_counts(super().get_queryset(request)).select_related("created_by")

    def get_fields(self, request, obj=None):
        return [*self.fields, "issued", "redeemed", "active", "revoked_at", "created_by"] if obj else self.fields

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ["issued", "redeemed", "active", "revoked_at", "created_by"] if obj else []

    @admin.display(description=_("issued"))
    def issued(self, batch):
        return batch.issued

    @admin.display(description=_("redeemed"))
    def redeemed(self, batch):
        return batch.redeemed

    @admin.display(description=_("still good"))
    def active(self, batch):
        return batch.unused if batch.is_open else 0

    def has_revoke_permission(self, request, object_id=None):
        return request.user.has_perm("merchants.change_invitebatch")

    @row_action(
        _("Revoke"),
        permission="revoke",
        title=_("Revoke this batch?"),
        explanation=_("Every code that nobody has used stops working, printed ones too. This can't be undone."),
        done=_("Revoked"),
        offered=lambda batch: batch.is_open,
    )
    def revoke(self, batch, *, by):
        services.revoke_batch(batch=batch, by=by)


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin, RowActions, ModelAdmin):
    """Review: everything on one page, three decisions, and who decided."""

    list_display = ["shop_name", "kind", "tone", "applicant", "submitted_at", "reviewed_by", "reviewed_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["applicant", "reviewed_by"]
    search_fields = ["shop_name", "business_name", "licence_number", "public_id"]
    actions_detail = ["approve", "ask_for_more", "reject"]
    fields = [
        "status",
        "shop_name",
        "introduction",
        "kind",
        "business_name",
        "licence_number",
        "contact",
        "contact_phone_shown",
        "id_number_shown",
        "bank_account_shown",
        "bank_shown",
        "papers",
        "came_by",
        "applicant",
        "submitted_at",
        "reviewer_note",
        "history",
    ]
    readonly_fields = [
        "contact",
        "contact_phone_shown",
        "id_number_shown",
        "bank_account_shown",
        "bank_shown",
        "papers",
        "came_by",
        "history",
    ]

    tone = status_label(APPLICATION_TONES)

    def get_queryset(self, request):
        # Drafts are the applicant's own business.
        rows = super().get_queryset(request).exclude(status=Application.Status.DRAFT)
        return rows.select_related("applicant", "reviewed_by", "invite_code__batch")

    @admin.display(description=_("contact"))
    def contact(self, application):
        return _shown(application, application.contact_name)

    @admin.display(description=_("contact's phone"))
    def contact_phone_shown(self, application):
        return _shown(application, application.contact_phone)

    @admin.display(description=_("identity card number"))
    def id_number_shown(self, application):
        return _shown(application, application.id_number)

    @admin.display(description=_("bank account"))
    def bank_account_shown(self, application):
        return _shown(application, application.bank_account)

    @admin.display(description=_("bank"))
    def bank_shown(self, application):
        city = cities().get(application.bank_address_code, ("", ""))
        return " · ".join(filter(None, [application.bank_alias, *dict.fromkeys(city[::-1]), application.bank_branch]))

    @admin.display(description=_("documents"))
    def papers(self, application):
        rows = [
            (reverse("merchants:document", args=[p.public_id]), p.get_kind_display())
            for p in application.documents.all()
        ]
        shown = '<a href="{0}" target="_blank"><img src="{0}" alt="{1}" width="220" loading="lazy">{1}</a>'
        return format_html_join(" ", shown, rows) or "-"

    @admin.display(description=_("invited by"))
    def came_by(self, application):
        batch = application.invite_code.batch
        return f"{batch.name} · {batch.channel}" if batch.channel else batch.name

    @admin.display(description=_("history"))
    def history(self, application):
        return format_html_join(mark_safe("<br>"), "{} · {} · {} {}", story(application))

    def has_review_permission(self, request, object_id=None):
        return request.user.has_perm("merchants.change_application")

    @row_action(
        _("Approve"),
        permission="review",
        title=_("Approve this application?"),
        explanation=_("It opens the shop and asks WeChat Pay for an account."),
        form=ApproveForm,
        done=_("Approved"),
        offered=_can_be("approved"),
    )
    def approve(self, application, *, by, note):
        services.review_application(application=application, by=by, decision="approved", note=note)

    @row_action(
        _("Ask for more"),
        permission="review",
        title=_("What is missing?"),
        explanation=_("The applicant reads this and can send it again."),
        form=NoteForm,
        button=_("Ask"),
        done=_("The applicant was asked"),
        offered=_can_be("more_needed"),
    )
    def ask_for_more(self, application, *, by, note):
        services.review_application(application=application, by=by, decision="more_needed", note=note)

    @row_action(
        _("Reject"),
        permission="review",
        title=_("Why is it rejected?"),
        explanation=_("The applicant reads this. It can't be undone."),
        form=NoteForm,
        done=_("Rejected"),
        offered=_can_be("rejected"),
    )
    def reject(self, application, *, by, note):
        services.review_application(application=application, by=by, decision="rejected", note=note)


class MembershipInline(ReadOnlyAdmin, TabularInline):
    model = Membership
    fields = ["user", "role", "created_at", "removed_at"]
    readonly_fields = fields
    extra = 0


@admin.register(Merchant)
class MerchantAdmin(ReadOnlyAdmin, RowActions, ModelAdmin):
    list_display = ["name", "tone", "wechat_pay", "fee_rate_bp", "created_at"]
    list_filter = ["status", "sub_merchant__status"]
    list_select_related = ["sub_merchant"]
    search_fields = ["name", "public_id", "sub_merchant__sub_mchid"]
    fields = ["public_id", "name", "status", "wechat_pay", "sign_link", "fee_rate_bp", "application", "created_at"]
    readonly_fields = ["public_id", "wechat_pay", "sign_link", "created_at"]
    inlines = [MembershipInline]
    actions_detail = ["suspend", "reopen", "set_fee"]

    tone = status_label(MERCHANT_TONES)

    @admin.display(description=_("WeChat Pay account"), ordering="sub_merchant__status")
    def wechat_pay(self, merchant):
        account = merchant.sub_merchant
        if account is None:
            return "-"
        return " · ".join(filter(None, [account.get_status_display(), account.sub_mchid, account.reason]))

    @admin.display(description=_("signing link"))
    def sign_link(self, merchant):
        url = merchant.sub_merchant.sign_url if merchant.sub_merchant else ""
        return (
            format_html('<a href="{0}" rel="noopener" target="_blank">{0}</a>', url)
            if url.startswith("https://")
            else url or "-"
        )

    def has_manage_permission(self, request, object_id=None):
        return request.user.has_perm("merchants.change_merchant")

    @row_action(
        _("Suspend"),
        permission="manage",
        title=_("Suspend this merchant?"),
        explanation=_("No new questions and orders; what it sold it still ships."),
        form=ReasonForm,
        done=_("Suspended"),
        offered=lambda merchant: merchant.status == Merchant.Status.ACTIVE,
    )
    def suspend(self, merchant, *, by, reason):
        services.suspend_merchant(merchant=merchant, by=by, reason=reason)

    @row_action(
        _("Reopen"),
        permission="manage",
        title=_("Let this merchant sell again?"),
        form=ReasonForm,
        done=_("Reopened"),
        offered=lambda merchant: merchant.status == Merchant.Status.SUSPENDED,
    )
    def reopen(self, merchant, *, by, reason):
        services.reopen_merchant(merchant=merchant, by=by, reason=reason)

    @row_action(
        _("Fee rate"),
        permission="manage",
        title=_("Fee rate of new orders"),
        explanation=_("In basis points: 100 is 1 %."),
        form=FeeForm,
        button=_("Save"),
        done=_("Saved"),
    )
    def set_fee(self, merchant, *, by, rate_bp):
        services.set_fee_rate(merchant=merchant, by=by, rate_bp=rate_bp)


def story(application: Application) -> list[tuple]:
    """When, what, by whom, in which words: from the audit log."""
    rows = AuditEntry.objects.filter(target_type="merchants.application", target_id=application.public_id).order_by(
        "id"
    )
    people = {u.public_id: str(u) for u in User.objects.filter(public_id__in=[row.actor_id for row in rows])}
    return [
        (
            timezone.localtime(row.created_at).strftime("%Y-%m-%d %H:%M"),
            STEPS.get(row.action.removeprefix("merchants.application_"), row.action),
            people.get(row.actor_id, "-"),
            row.data.get("note", ""),
        )
        for row in rows
    ]


def _shown(application: Application, text: str) -> str:
    """In clear while a reviewer has to read it; masked before and after."""
    return text if application.status == Application.Status.SUBMITTED else masked_phone(text) or "-"
