"""Ops' view of money: everything to be looked at, nothing to be edited; what can be done calls a service."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from core.admin import ReadOnlyAdmin, status_label
from core.errors import DomainError
from core.money import yuan
from wechat.errors import WeChatError

from . import services
from .models import LedgerAccount, LedgerEntry, LedgerTransaction, Payment, PayNotification, Refund, Split, SubMerchant

# unfold's label colours; a status without one stays grey.
PAYMENT_TONES = {"paid": "success", "pending": "info"}
REFUND_TONES = {"succeeded": "success", "processing": "info", "abnormal": "danger", "closed": "warning"}
SPLIT_TONES = {"finished": "success", "processing": "info", "failed": "danger", "closed": "danger"}
SUB_MERCHANT_TONES = {"active": "success", "submitted": "info", "needs_action": "warning", "rejected": "danger"}


class MoneyAdmin(ReadOnlyAdmin, ModelAdmin):
    """Shows fen as yuan and runs an action over the chosen rows, one refusal at a time."""

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, row):
        return yuan(row.amount_fen)

    def each(self, request, rows, call) -> None:
        done = 0
        for row in rows:
            try:
                call(row)
                done += 1
            except (DomainError, WeChatError) as error:
                messages.warning(request, f"{row}: {error}")
        if done:
            messages.success(request, _("Done for %(count)d") % {"count": done})


class LedgerInline(ReadOnlyAdmin, TabularInline):
    model = LedgerTransaction
    fields = ["created_at", "reference"]
    readonly_fields = fields
    show_change_link = True
    extra = 0


class RefundInline(ReadOnlyAdmin, TabularInline):
    model = Refund
    fields = ["out_refund_no", "key", "amount_fen", "reason", "status", "error_code", "succeeded_at"]
    readonly_fields = fields
    show_change_link = True
    extra = 0


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    list_display = ["created_at", "out_trade_no", "purpose", "amount", "tone", "sub_merchant", "paid_at", "expires_at"]
    list_filter = ["status", "purpose"]
    search_fields = ["out_trade_no", "transaction_id", "subject_id", "payer__public_id"]
    list_select_related = ["sub_merchant"]
    inlines = [RefundInline, LedgerInline]
    actions = ["ask_wechat"]

    tone = status_label(PAYMENT_TONES)

    @action(description=_("Ask WeChat whether it is paid"), permissions=["act"])
    def ask_wechat(self, request, queryset):
        self.each(request, queryset, lambda payment: services.query_payment(payment.pk))


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    list_display = ["created_at", "out_refund_no", "payment", "key", "amount", "tone", "error_code", "succeeded_at"]
    list_filter = ["status", "key"]
    search_fields = ["out_refund_no", "refund_id", "payment__out_trade_no", "payment__subject_id"]
    list_select_related = ["payment"]
    actions = ["ask_wechat", "send_again"]

    tone = status_label(REFUND_TONES)

    @action(description=_("Ask WeChat what became of it"), permissions=["act"])
    def ask_wechat(self, request, queryset):
        self.each(request, queryset, lambda refund: services.query_refund(refund.pk))

    @action(description=_("Send again"), permissions=["act"])
    def send_again(self, request, queryset):
        self.each(request, queryset, lambda refund: services.retry_refund(refund=refund, by=request.user))


@admin.register(Split)
class SplitAdmin(MoneyAdmin):
    list_display = [
        "created_at",
        "out_order_no",
        "payment",
        "merchant_part",
        "fee",
        "tone",
        "error_code",
        "finished_at",
    ]
    list_filter = ["status"]
    search_fields = ["out_order_no", "payment__out_trade_no", "payment__subject_id"]
    list_select_related = ["payment"]
    actions = ["ask_wechat", "send_again"]

    @display(description=_("to the merchant"), ordering="merchant_fen")
    def merchant_part(self, split):
        return yuan(split.merchant_fen)

    @display(description=_("platform's fee"), ordering="fee_fen")
    def fee(self, split):
        return yuan(split.fee_fen)

    tone = status_label(SPLIT_TONES)

    @action(description=_("Ask WeChat what became of it"), permissions=["act"])
    def ask_wechat(self, request, queryset):
        self.each(request, queryset, lambda split: services.query_split(split.pk))

    @action(description=_("Send again"), permissions=["act"])
    def send_again(self, request, queryset):
        self.each(request, queryset, lambda split: services.retry_split(split=split, by=request.user))


@admin.register(SubMerchant)
class SubMerchantAdmin(MoneyAdmin):
    list_display = ["created_at", "out_request_no", "shop_name", "tone", "wechat_state", "sub_mchid", "reason"]
    list_filter = ["status"]
    search_fields = ["out_request_no", "applyment_id", "sub_mchid"]
    # Not `details`: what a merchant told WeChat is not for reading here.
    fields = [
        "out_request_no",
        "applyment_id",
        "status",
        "wechat_state",
        "sub_mchid",
        "sign_url",
        "reason",
        "updated_at",
    ]
    readonly_fields = fields
    actions = ["ask_wechat"]

    @display(description=_("shop name"))
    def shop_name(self, sub_merchant):
        return sub_merchant.details.get("shop_name", "")

    tone = status_label(SUB_MERCHANT_TONES)

    @action(description=_("Ask WeChat how far it is"), permissions=["act"])
    def ask_wechat(self, request, queryset):
        self.each(request, queryset, lambda sub_merchant: services.query_applyment(sub_merchant.pk))


class EntryInline(ReadOnlyAdmin, TabularInline):
    model = LedgerEntry
    fields = ["account", "amount_fen"]
    readonly_fields = fields
    extra = 0


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(MoneyAdmin):
    list_display = ["created_at", "reference", "payment", "moves"]
    search_fields = ["reference", "payment__out_trade_no", "payment__subject_id"]
    list_select_related = ["payment"]
    inlines = [EntryInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("entries__account")

    @display(description=_("moves"))
    def moves(self, transaction):
        entries = transaction.entries.all()
        return " · ".join(f"{entry.account.get_kind_display()} {yuan(entry.amount_fen)}" for entry in entries)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(MoneyAdmin):
    list_display = ["sub_merchant", "kind", "balance"]
    list_filter = ["kind"]
    search_fields = ["sub_merchant__sub_mchid", "sub_merchant__out_request_no"]
    list_select_related = ["sub_merchant"]

    @display(description=_("balance"), ordering="balance_fen")
    def balance(self, account):
        return yuan(account.balance_fen)


@admin.register(PayNotification)
class PayNotificationAdmin(MoneyAdmin):
    """To see whether WeChat's notices arrive at all."""

    list_display = ["received_at", "event_type", "out_no", "notification_id"]
    search_fields = ["out_no", "notification_id"]
