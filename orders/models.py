import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core import crypto
from core.models import PublicModel
from core.prepared import Prepared
from payments.models import Payment
from shops.models import Shop, Sku


class Quote(PublicModel):
    """An offer to one buyer: goods, price and promises, frozen until `valid_until`.

    A product card in an answer and an order card in a chat both show a quote, so that what was
    promised is what is ordered.
    """

    class Source(models.TextChoices):
        ANSWER = "answer", _("Answer")
        CHAT = "chat", _("Chat")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="quotes", verbose_name=_("shop"))
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="quotes", verbose_name=_("buyer"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    source = models.CharField(_("made in"), max_length=8, choices=Source)
    promises = models.JSONField(_("promises"), default=list)
    # What the buyer had asked for, as it was then: {"title", "facts": [{"label", "value"}]}.
    slip = models.JSONField(_("slip"), default=dict)
    note = models.CharField(_("note"), max_length=100, blank=True)
    shipping_fen = models.PositiveBigIntegerField(_("postage"), default=0)
    valid_until = models.DateTimeField(_("valid until"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")

    def __str__(self):
        return self.public_id

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.valid_until > timezone.now()

    @cached_property
    def goods(self) -> list["QuoteLine"]:
        """The lines with SKU and product."""
        lines = self.lines.select_related("sku__product").defer("sku__product__search", "sku__product__description")
        return list(lines.order_by("pk"))

    @property
    def total_fen(self) -> int:
        return self.shipping_fen + sum(line.price_fen * line.quantity for line in self.goods)


class QuoteLine(models.Model):
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    price_fen = models.PositiveBigIntegerField(_("price each"))

    class Meta:
        verbose_name = _("quote line")
        verbose_name_plural = _("quote lines")
        constraints = [
            models.UniqueConstraint(fields=["quote", "sku"], name="quote_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0, price_fen__gte=1), name="quote_line_sells_something"),
        ]

    def __str__(self):
        return f"{self.sku} × {self.quantity}"


class OrderLineQuerySet(models.QuerySet):
    def with_products(self):
        lines = self.select_related("sku__product").order_by("pk")
        return lines.defer("sku__product__search", "sku__product__description")


class OrderQuerySet(models.QuerySet):
    def with_goods(self):
        """Fills Order.goods."""
        lines = OrderLine.objects.with_products()
        return self.prefetch_related(models.Prefetch("lines", queryset=lines, to_attr="goods"))

    def of_shop(self, shop):
        return self.filter(shop=shop)

    def of_buyer(self, user):
        return self.filter(buyer=user)


class Order(PublicModel):
    class Status(models.TextChoices):
        UNPAID = "unpaid", _("To be paid")
        PAID = "paid", _("To be shipped")
        SHIPPED = "shipped", _("On its way")
        RECEIVED = "received", _("Received")
        SETTLED = "settled", _("Settled")
        CANCELLED = "cancelled", _("Cancelled")
        REFUNDING = "refunding", _("Being refunded")
        REFUNDED = "refunded", _("Refunded")

    TRANSITIONS = {
        "unpaid": {"paid", "cancelled"},
        "paid": {"shipped", "refunding"},
        "shipped": {"received", "refunding"},
        "received": {"settled"},
        "refunding": {"refunded"},
    }

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="orders", verbose_name=_("shop"))
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", verbose_name=_("buyer"))
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, related_name="orders", verbose_name=_("quote"))
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="order", verbose_name=_("payment"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNPAID)
    goods_fen = models.PositiveBigIntegerField(_("goods"))
    shipping_fen = models.PositiveBigIntegerField(_("postage"), default=0)
    total_fen = models.PositiveBigIntegerField(_("total"))
    fee_rate_bp = models.PositiveSmallIntegerField(_("fee rate (basis points)"), default=0)
    promises = models.JSONField(_("promises"), default=list)
    buyer_note = models.CharField(_("buyer's note"), max_length=100, blank=True)
    # The address as it was: {"name", "phone", "province", "city", "district", "detail"} as JSON text.
    address = crypto.EncryptedTextField(_("address"))
    # The caller's key: the same request again finds this order.
    idempotency_key = models.CharField(max_length=128)
    expires_at = models.DateTimeField(_("to be paid by"))
    paid_at = models.DateTimeField(_("paid"), null=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True)
    received_at = models.DateTimeField(_("received"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["buyer", "idempotency_key"], name="order_request_once"),
            models.CheckConstraint(
                condition=Q(total_fen=models.F("goods_fen") + models.F("shipping_fen")), name="order_adds_up"
            ),
        ]
        indexes = [models.Index(fields=["shop", "status", "-id"], name="order_by_shop_status")]

    def __str__(self):
        return self.public_id

    @property
    def is_payable(self) -> bool:
        return self.status == self.Status.UNPAID and self.expires_at > timezone.now()

    @property
    def is_refundable(self) -> bool:
        return self.status in {self.Status.PAID, self.Status.SHIPPED}

    @property
    def is_shippable(self) -> bool:
        return self.status == self.Status.PAID

    @cached_property
    def goods(self) -> list["OrderLine"]:
        """The lines with SKU and product; Order.objects.with_goods() reads them for many orders at once."""
        return _goods.all(order_id=self.pk)

    @cached_property
    def recipient(self) -> dict[str, str]:
        """The frozen address: name, phone, province, city, district, detail."""
        return json.loads(self.address)


class OrderLine(models.Model):
    """What was bought, as it was called and priced then."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="order_lines")
    title = models.CharField(_("title"), max_length=60)
    sku_name = models.CharField(_("variant"), max_length=40, blank=True)
    cover = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    price_fen = models.PositiveBigIntegerField(_("price each"))

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "sku"], name="order_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_sells_something"),
        ]

    def __str__(self):
        return f"{self.title} × {self.quantity}"


@Prepared(order_id=int)
def _goods(order_id):
    return OrderLine.objects.filter(order=order_id).with_products()


class Shipment(PublicModel):
    class Upload(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Told WeChat")
        FAILED = "failed", _("WeChat refused")

    order = models.OneToOneField(Order, models.CASCADE, related_name="shipment")
    # WeChat's logistics_type: 1 express, 2 same city, 3 virtual, 4 pickup.
    logistics_type = models.PositiveSmallIntegerField(default=1)
    company = models.CharField(_("carrier"), max_length=20, blank=True)
    tracking_no = models.CharField(_("tracking number"), max_length=40, blank=True)
    upload = models.CharField(_("shipping information"), max_length=8, choices=Upload, default=Upload.PENDING)
    upload_error = models.CharField(_("upload error"), max_length=200, blank=True)
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("shipped by")
    )

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")

    def __str__(self):
        return f"{self.company} {self.tracking_no}"
