from rest_framework import serializers

from notifications.models import InboxItem
from notifications.templates import TEMPLATES

SUBSCRIBABLE = [kind for kind, template in TEMPLATES.items() if template.channel == "subscribe"]


class InboxItemSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = InboxItem
        fields = ["id", "kind", "title", "body", "link", "created_at", "read_at"]
        read_only_fields = fields


class ReadSerializer(serializers.Serializer):
    ids = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, max_length=100, help_text="All of them if absent"
    )


class ReadResultSerializer(serializers.Serializer):
    changed = serializers.IntegerField()


class SubscriptionSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=SUBSCRIBABLE)
    template_id = serializers.CharField(help_text="For wx.requestSubscribeMessage")
    balance = serializers.IntegerField(help_text="How many more messages the person allows")


class SubscriptionGrantSerializer(serializers.Serializer):
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=SUBSCRIBABLE), min_length=1, max_length=3)
    key = serializers.CharField(
        min_length=8, max_length=60, help_text="Made by the client for one tap; a repeat counts once"
    )
