from rest_framework import serializers

from accounts.models import Address, Consent, User
from accounts.selectors import masked_phone


class MeSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    avatar = serializers.SerializerMethodField(help_text="Address of the picture; empty without one")
    phone = serializers.SerializerMethodField(help_text="Masked: 138****5678; empty without one")

    class Meta:
        model = User
        fields = ["id", "nickname", "avatar", "phone", "created_at"]

    def get_avatar(self, user) -> str:
        return user.avatar.url if user.avatar else ""

    def get_phone(self, user) -> str:
        return masked_phone(user.phone)


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=128, help_text="From wx.login or the getPhoneNumber button; good once")


class SessionSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="For `Authorization: Bearer`; shown this once")
    expires_at = serializers.DateTimeField()
    is_new = serializers.BooleanField()
    user = MeSerializer()


class ProfileSerializer(serializers.Serializer):
    nickname = serializers.CharField(max_length=40)


class AvatarSerializer(serializers.Serializer):
    avatar = serializers.FileField(help_text="JPEG, PNG or WebP, at most 10 MB and 25 megapixels")


class ConsentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Consent
        fields = ["purpose", "version", "granted_at", "withdrawn_at"]


class GrantSerializer(serializers.Serializer):
    version = serializers.CharField(max_length=20, help_text="Of the text that was shown")


class AddressSerializer(serializers.ModelSerializer):
    """Lengths and the number's form are judged by services.save_address, for every caller alike."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=20)
    phone = serializers.CharField(max_length=20, help_text="A mainland mobile number, with or without +86")
    province = serializers.CharField(max_length=20)
    city = serializers.CharField(max_length=30)
    district = serializers.CharField(max_length=30, required=False, allow_blank=True)
    detail = serializers.CharField(max_length=120)
    is_default = serializers.BooleanField(required=False)

    class Meta:
        model = Address
        fields = ["id", "name", "phone", "province", "city", "district", "detail", "is_default"]


class ExportSerializer(serializers.Serializer):
    """Everything held about the caller; apps add keys of their own beside these."""

    account = serializers.DictField()
    wechat = serializers.ListField(child=serializers.DictField())
    consents = serializers.ListField(child=serializers.DictField())
    addresses = serializers.ListField(child=serializers.DictField())
