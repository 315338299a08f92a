from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders import carriers
from orders.models import Order
from orders.selectors import TABS
from orders.services.placing import MAX_NOTE
from orders.services.rules import MAX_LINES, MAX_QUANTITY


class LineRequestSerializer(serializers.Serializer):
    sku_id = serializers.CharField(max_length=20)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class PlaceOrderSerializer(serializers.Serializer):
    quote_id = serializers.CharField(max_length=20, required=False, help_text="What a card offers")
    lines = LineRequestSerializer(
        many=True,
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text="Or goods of one shop at today's prices",
    )
    address_id = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=MAX_NOTE, required=False, allow_blank=True, default="")
    total_fen = serializers.IntegerField(
        required=False, min_value=1, help_text="What the buyer was shown; `price_changed` where it costs something else"
    )

    def validate(self, data):
        if ("quote_id" in data) == ("lines" in data):
            raise serializers.ValidationError({"quote_id": ["quote_id / lines"]})
        return data


class RefundRequestSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=80)


class OrderFilterSerializer(serializers.Serializer):
    tab = serializers.ChoiceField(sorted(TABS), required=False)


class OrderShopSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()


class OrderLineSerializer(serializers.Serializer):
    sku_id = serializers.CharField(source="sku.public_id")
    product_id = serializers.CharField(source="sku.product.public_id")
    title = serializers.CharField()
    sku_name = serializers.CharField(help_text="Empty when the product has only one variant")
    cover = serializers.CharField(help_text="Address of a picture, or empty")
    quantity = serializers.IntegerField()
    price_fen = serializers.IntegerField(help_text="Price of one, in fen, as it was then")


class ShipmentSerializer(serializers.Serializer):
    logistics_type = serializers.IntegerField(help_text="1 parcel, 2 same-city courier, 3 no parcel, 4 pick-up")
    company = serializers.CharField(help_text="WeChat's delivery id, or empty")
    company_name = serializers.SerializerMethodField()
    tracking_no = serializers.CharField()

    def get_company_name(self, shipment) -> str:
        return carriers.carrier_name(shipment.company)


class OrderSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(Order.Status.choices)
    shop = OrderShopSerializer()
    lines = OrderLineSerializer(many=True, source="goods")
    goods_fen = serializers.IntegerField()
    shipping_fen = serializers.IntegerField()
    total_fen = serializers.IntegerField()
    promises = serializers.ListField(child=serializers.CharField(), help_text="What the shop promised, kept as it was")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Can be paid until")
    can_pay = serializers.BooleanField(source="is_payable")
    can_cancel = serializers.SerializerMethodField()
    can_receive = serializers.SerializerMethodField()
    can_refund = serializers.BooleanField(source="is_refundable")

    def get_can_cancel(self, order) -> bool:
        return order.status == Order.Status.UNPAID

    def get_can_receive(self, order) -> bool:
        return order.status == Order.Status.SHIPPED


class RecipientSerializer(serializers.Serializer):
    name = serializers.CharField()
    phone = serializers.CharField()
    province = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()
    detail = serializers.CharField()


class OrderDetailSerializer(OrderSerializer):
    quote_id = serializers.CharField(source="quote.public_id", default=None, allow_null=True)
    address = RecipientSerializer(source="recipient")
    note = serializers.CharField(source="buyer_note")
    shipment = serializers.SerializerMethodField()
    wechat_transaction_id = serializers.CharField(
        source="payment.transaction_id",
        default=None,
        allow_null=True,
        help_text="For wx.openBusinessView weappOrderConfirm: WeChat splits the money once the buyer confirms there",
    )
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(ShipmentSerializer(allow_null=True))
    def get_shipment(self, order):
        # Nothing to look for before it was sent.
        return ShipmentSerializer(order.shipment).data if order.shipped_at else None


class PaymentParametersSerializer(serializers.Serializer):
    """The arguments of wx.requestPayment, named as there."""

    timeStamp = serializers.CharField()
    nonceStr = serializers.CharField()
    package = serializers.CharField()
    signType = serializers.CharField()
    paySign = serializers.CharField()


class QuoteLineSerializer(serializers.Serializer):
    sku_id = serializers.CharField(source="sku.public_id")
    product_id = serializers.CharField(source="sku.product.public_id")
    title = serializers.CharField(source="sku.product.title")
    sku_name = serializers.CharField(source="sku.name")
    cover = serializers.CharField(source="sku.product.cover")
    quantity = serializers.IntegerField()
    price_fen = serializers.IntegerField()


class QuoteSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    shop = OrderShopSerializer()
    lines = QuoteLineSerializer(many=True, source="goods")
    shipping_fen = serializers.IntegerField()
    total_fen = serializers.IntegerField()
    promises = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    valid_until = serializers.DateTimeField()
    is_open = serializers.BooleanField(help_text="Neither run out nor withdrawn")
