from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chat.models import Conversation, Message


class ConversationShopSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    logo = serializers.SerializerMethodField()
    persona_name = serializers.CharField()

    @extend_schema_field(serializers.CharField())
    def get_logo(self, shop):
        return shop.logo.url if shop.logo else ""


class ConversationSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    shop = ConversationShopSerializer()
    slip = serializers.JSONField(source="words_of_slip")
    unread = serializers.SerializerMethodField()
    shop_read_seq = serializers.IntegerField(help_text="The shop has read up to this message")
    closed = serializers.BooleanField(help_text="Nothing can be sent: one of the two blocks the other")
    blocked = serializers.BooleanField(help_text="The caller blocks this shop; DELETE /shops/{id}/block ends it")

    class Meta:
        model = Conversation
        fields = [
            *("id", "shop", "slip", "last_seq", "shop_read_seq", "unread"),
            *("last_message_at", "last_preview", "closed", "blocked"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField())
    def get_unread(self, conversation):
        return conversation.last_seq - conversation.buyer_read_seq


class MessageSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    text = serializers.CharField(source="words", help_text="The platform's is in the caller's language")
    image = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ["id", "seq", "sender", "kind", "text", "image", "card", "client_msg_id", "screening", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(help_text="Address of the picture, empty if there is none"))
    def get_image(self, message):
        return message.image.url if message.image else ""


class SendSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["text", "image", "product"])
    client_msg_id = serializers.CharField(
        min_length=8, max_length=64, help_text="Made by the client; a resend is harmless"
    )
    text = serializers.CharField(required=False, allow_blank=True, max_length=4000, trim_whitespace=False)
    image = serializers.FileField(required=False, help_text="With multipart/form-data")
    product_id = serializers.CharField(required=False, max_length=20)

    def validate(self, data):
        needed = {"text": "text", "image": "image", "product": "product_id"}[data["kind"]]
        if needed not in data:
            raise serializers.ValidationError({needed: self.fields["kind"].error_messages["required"]})
        return data


class ReadUpToSerializer(serializers.Serializer):
    seq = serializers.IntegerField(min_value=0)


class ShopConversationSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    buyer_name = serializers.CharField(source="buyer")
    slip = serializers.JSONField(source="words_of_slip")
    unread = serializers.SerializerMethodField()
    closed = serializers.BooleanField(help_text="Nothing can be sent: one of the two blocks the other")

    class Meta:
        model = Conversation
        fields = [
            *("id", "buyer_name", "slip", "last_seq", "buyer_read_seq", "unread"),
            *("last_message_at", "last_preview", "waiting_since", "closed"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField())
    def get_unread(self, conversation):
        return conversation.last_seq - conversation.shop_read_seq


class OfferLineSerializer(serializers.Serializer):
    sku_id = serializers.CharField(max_length=20)
    quantity = serializers.IntegerField(min_value=1, max_value=999)
    price_fen = serializers.IntegerField(min_value=1, required=False, help_text="The usual price if absent")


class OfferSerializer(serializers.Serializer):
    lines = OfferLineSerializer(many=True, min_length=1, max_length=20)
    shipping_fen = serializers.IntegerField(min_value=0, default=0)
    note = serializers.CharField(max_length=100, default="", allow_blank=True)
    valid_until = serializers.DateTimeField()
    client_msg_id = serializers.CharField(min_length=8, max_length=64)
