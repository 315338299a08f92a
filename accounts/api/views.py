from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.models import Address, Consent
from core.api.permissions import Anyone, SignedIn

from . import serializers

PURPOSE = OpenApiParameter("purpose", str, OpenApiParameter.PATH, enum=Consent.Purpose.values)


def parsed(serializer_class, request, **kwargs) -> dict:
    serializer = serializer_class(data=request.data, **kwargs)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


class SessionView(APIView):
    """Sign in with WeChat, sign out."""

    permission_classes = [Anyone]
    throttle_scope = "login"

    def get_throttles(self):
        return super().get_throttles() if self.request.method == "POST" else []

    @extend_schema(auth=[], request=serializers.CodeSerializer, responses={201: serializers.SessionSerializer})
    def post(self, request):
        signed_in = services.sign_in_with_wechat(js_code=parsed(serializers.CodeSerializer, request)["code"])
        return Response(serializers.SessionSerializer(signed_in).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request):
        if request.auth is None:
            raise NotAuthenticated
        services.sign_out(token_row=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    """The caller's own account."""

    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.MeSerializer)
    def get(self, request):
        return Response(serializers.MeSerializer(request.user).data)

    @extend_schema(request=serializers.ProfileSerializer, responses=serializers.MeSerializer)
    def patch(self, request):
        user = services.update_profile(user=request.user, **parsed(serializers.ProfileSerializer, request))
        return Response(serializers.MeSerializer(user).data)

    @extend_schema(request=None, responses={202: None})
    def delete(self, request):
        """Close the account and have its personal data removed; every token ends at once."""
        services.request_erasure(user=request.user)
        return Response(status=status.HTTP_202_ACCEPTED)


class PhoneView(APIView):
    permission_classes = [SignedIn]
    throttle_scope = "login"

    @extend_schema(request=serializers.CodeSerializer, responses=serializers.MeSerializer)
    def post(self, request):
        """Store the phone number behind a getPhoneNumber code."""
        code = parsed(serializers.CodeSerializer, request)["code"]
        return Response(serializers.MeSerializer(services.set_phone(user=request.user, phone_code=code)).data)


class AvatarView(APIView):
    permission_classes = [SignedIn]
    parser_classes = [MultiPartParser]
    throttle_scope = "upload"

    @extend_schema(request={"multipart/form-data": serializers.AvatarSerializer}, responses=serializers.MeSerializer)
    def put(self, request):
        user = services.update_profile(user=request.user, **parsed(serializers.AvatarSerializer, request))
        return Response(serializers.MeSerializer(user).data)


class ExportView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.ExportSerializer)
    def get(self, request):
        """Everything the platform holds about the caller."""
        return Response(services.export_person(user=request.user))


class ConsentsView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.ConsentSerializer(many=True))
    def get(self, request):
        """Consents that are in force."""
        rows = request.user.consents.filter(withdrawn_at=None).order_by("purpose")
        return Response(serializers.ConsentSerializer(rows, many=True).data)


class ConsentView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(parameters=[PURPOSE], request=serializers.GrantSerializer, responses=serializers.ConsentSerializer)
    def put(self, request, purpose):
        fields = parsed(serializers.GrantSerializer, request)
        consent = services.grant_consent(user=request.user, purpose=_known(purpose), **fields)
        return Response(serializers.ConsentSerializer(consent).data)

    @extend_schema(parameters=[PURPOSE], request=None, responses={204: None})
    def delete(self, request, purpose):
        services.withdraw_consent(user=request.user, purpose=_known(purpose))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AddressesView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.AddressSerializer(many=True))
    def get(self, request):
        """The caller's addresses (20 at most), the default first."""
        rows = request.user.addresses.order_by("-is_default", "-id")
        return Response(serializers.AddressSerializer(rows, many=True).data)

    @extend_schema(request=serializers.AddressSerializer, responses={201: serializers.AddressSerializer})
    def post(self, request):
        address = services.save_address(user=request.user, **parsed(serializers.AddressSerializer, request))
        return Response(serializers.AddressSerializer(address).data, status=status.HTTP_201_CREATED)


class AddressView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.AddressSerializer)
    def get(self, request, address_id):
        return Response(serializers.AddressSerializer(self.find(address_id)).data)

    @extend_schema(request=serializers.AddressSerializer(partial=True), responses=serializers.AddressSerializer)
    def patch(self, request, address_id):
        fields = parsed(serializers.AddressSerializer, request, partial=True)
        address = services.save_address(user=request.user, address=self.find(address_id), **fields)
        return Response(serializers.AddressSerializer(address).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, address_id):
        services.remove_address(address=self.find(address_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def find(self, address_id) -> Address:
        address = self.request.user.addresses.filter(public_id=address_id).first()
        if address is None:
            raise Http404
        return address


def _known(purpose: str) -> str:
    if purpose not in Consent.Purpose.values:
        raise Http404
    return purpose
