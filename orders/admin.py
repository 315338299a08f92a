from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from core.admin import ReadOnlyAdmin, status_label
from core.errors import DomainError
from core.money import yuan

from . import services
from .forms import STATUS_TONES
from .models import Order, OrderLine, Quote, QuoteLine, Shipment

# Our tones -> unfold's label colours.
TONES = {status: {"warm": "warning", "amber": "warning", "green": "success", "blue": "info"}.get(tone, "") for status, tone in STATUS_TONES.items()}  # fmt: skip


class LineInline(ReadOnlyAdmin, TabularInline):
    model = OrderLine
    fields = ["title", "sku_name", "quantity", "price"]
    readonly_fields = fields
    extra = 0

    @display(description=_("price each"))
    def price(self, line):
        return yuan(line.price_fen)


class ShipmentInline(ReadOnlyAdmin, TabularInline):
    model = Shipment
    fields = ["company", "tracking_no", "upload", "upload_error", "shipped_by"]
    readonly_fields = fields
    extra = 0


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "public_id", "shop", "buyer", "total", "tone", "paid_at", "shipped_at"]
    list_filter = ["status"]
    search_fields = ["public_id", "shop__name", "buyer__public_id", "payment__out_trade_no", "payment__transaction_id"]
    list_select_related = ["shop", "buyer"]
    # Not the address: where somebody lives is for the shop that ships.
    fields = [
        *("public_id", "status", "shop", "buyer", "quote", "payment", "goods_fen", "shipping_fen", "total_fen"),
        *("fee_rate_bp", "promises", "buyer_note", "created_at", "expires_at", "paid_at", "shipped_at"),
        *("received_at", "settled_at", "closed_at"),
    ]
    readonly_fields = fields
    inlines = [LineInline, ShipmentInline]
    actions = ["refund_in_full", "cancel"]

    @display(description=_("total"), ordering="total_fen")
    def total(self, order):
        return yuan(order.total_fen)

    tone = status_label(TONES)

    @action(description=_("Refund in full (cannot be taken back)"), permissions=["act"])
    def refund_in_full(self, request, queryset):
        reason = "平台退款"  # Shown to the buyer by WeChat.
        self._each(request, queryset, lambda order: services.refund_order(order=order, by=request.user, reason=reason))

    @action(description=_("Cancel what is not paid"), permissions=["act"])
    def cancel(self, request, queryset):
        self._each(request, queryset, lambda order: services.cancel_order(order=order, by=request.user))

    def _each(self, request, queryset, call) -> None:
        done = 0
        for order in queryset.select_related("shop", "buyer", "payment__sub_merchant"):
            try:
                call(order)
                done += 1
            except DomainError as error:
                messages.warning(request, f"{order}: {error}")
        if done:
            messages.success(request, _("Done for %(count)d") % {"count": done})


class QuoteLineInline(ReadOnlyAdmin, TabularInline):
    model = QuoteLine
    fields = ["sku", "quantity", "price_fen"]
    readonly_fields = fields
    extra = 0


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "public_id", "shop", "buyer", "source", "valid_until", "withdrawn_at"]
    list_filter = ["source"]
    search_fields = ["public_id", "shop__name", "buyer__public_id"]
    list_select_related = ["shop", "buyer"]
    inlines = [QuoteLineInline]
