from rest_framework import serializers

from merchants.models import Role


class WorkplaceSerializer(serializers.Serializer):
    merchant_id = serializers.CharField(source="merchant.public_id")
    merchant_name = serializers.CharField(source="merchant.name")
    role = serializers.ChoiceField(choices=Role.choices)
    can = serializers.SerializerMethodField()

    def get_can(self, membership) -> list[str]:
        return sorted(membership.CAPABILITIES[Role(membership.role)])
