"""The shop's side of questions, for staff's own tools: look, answer, pass."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import idempotent
from core.errors import NotFound
from merchants.api.permissions import MERCHANT_HEADER, staff_who
from shops.models import Sku

from .. import services
from ..models import Invitation
from ..selectors import shops as selectors

StaffWhoAnswers = staff_who("answer")


class InvitationFactSerializer(serializers.Serializer):
    label = serializers.CharField()
    value = serializers.CharField()


class InvitationSerializer(serializers.Serializer):
    """A question as it was put to this shop."""

    id = serializers.CharField(source="invitation.public_id")
    status = serializers.ChoiceField(Invitation.Status.choices, source="invitation.status")
    question = serializers.CharField(source="question.text")
    buyer_name = serializers.CharField(source="buyer")
    facts = serializers.SerializerMethodField()
    deadline_at = serializers.DateTimeField(source="invitation.deadline_at")
    seconds_left = serializers.IntegerField(source="left")
    places_left = serializers.IntegerField(help_text="How many more answers the buyer will get")
    writing = serializers.IntegerField(help_text="Other shops that hold a place while they write")
    lease_until = serializers.DateTimeField(
        source="invitation.lease_until", allow_null=True, help_text="Until then this shop holds a place"
    )
    fitting_products = serializers.IntegerField(source="fits")

    @extend_schema_field(InvitationFactSerializer(many=True))
    def get_facts(self, row):
        return [{"label": str(label), "value": str(value)} for label, value in row.facts]


class InvitationDetailSerializer(InvitationSerializer):
    products = serializers.ListField(
        child=serializers.CharField(), help_text="The shop's products that fit, best first"
    )


class CardSerializer(serializers.Serializer):
    sku_id = serializers.CharField(max_length=20)
    price_fen = serializers.IntegerField(min_value=1, required=False, help_text="The usual price if absent")
    seen_fen = serializers.IntegerField(
        min_value=1, required=False, help_text="The price that staff saw: another by now is refused with card_changed"
    )


class AnswerRequestSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=2000, trim_whitespace=False, help_text="1 to 500 characters")
    cards = CardSerializer(many=True, required=False, max_length=3)
    promises = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=6)
    arrive_by = serializers.DateField(required=False, allow_null=True)


class AnsweredSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    status = serializers.CharField()


def own(request, public_id: str) -> Invitation:
    mine = Invitation.objects.of_shop(request.membership.merchant.shop)
    return get_object_or_404(mine.select_related("question__buyer", "shop"), public_id=public_id)


@extend_schema(parameters=[MERCHANT_HEADER])
class Invitations(generics.ListAPIView):
    """Questions put to the shop under one tab; what is waiting by the time left."""

    permission_classes = [StaffWhoAnswers]
    serializer_class = InvitationSerializer
    pagination_class = None
    queryset = Invitation.objects.none()

    @extend_schema(parameters=[OpenApiParameter("tab", str, enum=selectors.Tab.ALL, default="waiting")])
    def get(self, request):
        name = request.query_params.get("tab", selectors.Tab.WAITING)
        if name not in selectors.Tab.ALL:
            raise NotFound
        rows = selectors.inbox(request.membership.merchant.shop, name)[:100]
        return Response(InvitationSerializer(selectors.rows_of(rows), many=True).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class InvitationView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(responses=InvitationDetailSerializer)
    def get(self, request, id):
        """One question with the shop's products that fit it. The buyer sees that it was looked at."""
        invitation = own(request, id)
        services.open_invitation(invitation=invitation, by=request.user)
        row = selectors.row_of(selectors.with_facts(Invitation.objects.filter(pk=invitation.pk)).get())
        row.products = [product.public_id for product in selectors.fitting_products(invitation)]
        return Response(InvitationDetailSerializer(row).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class InvitationAnswer(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=AnswerRequestSerializer, responses={201: AnsweredSerializer})
    @idempotent
    def post(self, request, id, *, idempotency_key):
        """Answer within the window, with up to three product cards whose prices are frozen."""
        invitation = own(request, id)
        data = AnswerRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        wanted = data.validated_data
        answer = services.answer(
            invitation=invitation,
            by=request.user,
            text=wanted["text"],
            cards=_cards(invitation, wanted.get("cards", [])),
            promises=wanted.get("promises", []),
            arrive_by=wanted.get("arrive_by"),
        )
        return Response(AnsweredSerializer(answer).data, status=status.HTTP_201_CREATED)


@extend_schema(parameters=[MERCHANT_HEADER])
class InvitationPass(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=None, responses={204: None})
    def post(self, request, id):
        """This one is not for us. It costs nothing."""
        services.pass_on(invitation=own(request, id), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _cards(invitation: Invitation, wanted: list[dict]) -> list[services.Card]:
    own_skus = Sku.objects.filter(product__shop=invitation.shop_id).select_related("product__shop")
    skus = {sku.public_id: sku for sku in own_skus.filter(public_id__in=[card["sku_id"] for card in wanted])}
    if any(card["sku_id"] not in skus for card in wanted):
        raise NotFound
    return [services.Card(skus[card["sku_id"]], card.get("price_fen"), card.get("seen_fen")) for card in wanted]
