"""What a shop writes in advance, for staff's own tools: phrases, and answers that go out by themselves."""

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import NotFound
from merchants.api.permissions import MERCHANT_HEADER, staff_who
from shops.models import Category, Shop, Sku

from .. import services
from ..models import Answer, PreparedAnswer, Snippet

StaffWhoAnswers = staff_who("answer")


class SnippetSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id", read_only=True)
    title = serializers.CharField(max_length=20)
    text = serializers.CharField(max_length=500, help_text="With blanks: {商品} {价格} {到货日} {买家的话}")


class PreparedAnswerSerializer(serializers.Serializer):
    """The kind of need and the answer to it; prices and stock are looked at when it goes out."""

    id = serializers.CharField(source="public_id", read_only=True)
    status = serializers.ChoiceField(PreparedAnswer.Status.choices, read_only=True)
    used = serializers.IntegerField(read_only=True, help_text="How often it went out")
    chosen = serializers.IntegerField(read_only=True, help_text="How often a buyer chose it")
    title = serializers.CharField(max_length=30)
    category_id = serializers.CharField(source="category.public_id", help_text="A category without children")
    attributes = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    words = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    budget_min_fen = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    budget_max_fen = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    text = serializers.CharField(max_length=500, help_text="With blanks: {商品} {价格} {到货日} {买家的话}")
    sku_ids = serializers.SerializerMethodField()
    promises = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    arrive_days = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)

    def get_sku_ids(self, row) -> list[str]:
        return [card.sku.public_id for card in row.cards.all()]


class PrepareSerializer(PreparedAnswerSerializer):
    sku_ids = serializers.ListField(child=serializers.CharField(max_length=20), min_length=1, max_length=3)


def _shop(request) -> Shop:
    return request.membership.merchant.shop


def _prepared(request):
    rows = PreparedAnswer.objects.of_shop(_shop(request)).select_related("category").prefetch_related("cards__sku")
    chosen = Q(answers__status=Answer.Status.ADOPTED)
    return rows.annotate(used=Count("answers"), chosen=Count("answers", filter=chosen))


@extend_schema(parameters=[MERCHANT_HEADER])
class SnippetsView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(responses=SnippetSerializer(many=True))
    def get(self, request):
        """The shop's phrases, at most 50."""
        return Response(SnippetSerializer(_shop(request).snippets.all(), many=True).data)

    @extend_schema(request=SnippetSerializer, responses={201: SnippetSerializer})
    def post(self, request):
        return _keep(request, None, status.HTTP_201_CREATED)


@extend_schema(parameters=[MERCHANT_HEADER])
class SnippetView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=SnippetSerializer, responses=SnippetSerializer)
    def put(self, request, id):
        return _keep(request, get_object_or_404(Snippet, shop=_shop(request), public_id=id), status.HTTP_200_OK)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, id):
        snippet = get_object_or_404(Snippet, shop=_shop(request), public_id=id)
        services.delete_snippet(snippet=snippet, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _keep(request, snippet: Snippet | None, code: int) -> Response:
    data = SnippetSerializer(data=request.data)
    data.is_valid(raise_exception=True)
    kept = services.save_snippet(shop=_shop(request), by=request.user, snippet=snippet, **data.validated_data)
    return Response(SnippetSerializer(kept).data, status=code)


@extend_schema(parameters=[MERCHANT_HEADER])
class PreparedAnswersView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(responses=PreparedAnswerSerializer(many=True))
    def get(self, request):
        """The shop's prepared answers, at most 50, with what became of them."""
        return Response(PreparedAnswerSerializer(_prepared(request), many=True).data)

    @extend_schema(request=PrepareSerializer, responses={201: PreparedAnswerSerializer})
    def post(self, request):
        """Prepare an answer; it goes out by itself once its words have passed the check."""
        return _prepare(request, None, status.HTTP_201_CREATED)


@extend_schema(parameters=[MERCHANT_HEADER])
class PreparedAnswerView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(responses=PreparedAnswerSerializer)
    def get(self, request, id):
        return _told(request, id)

    @extend_schema(request=PrepareSerializer, responses=PreparedAnswerSerializer)
    def put(self, request, id):
        return _prepare(request, get_object_or_404(_prepared(request), public_id=id), status.HTTP_200_OK)


@extend_schema(parameters=[MERCHANT_HEADER])
class PausePreparedView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=None, responses=PreparedAnswerSerializer)
    def post(self, request, id):
        """It answers nothing until it is resumed."""
        services.pause_prepared(prepared=get_object_or_404(_prepared(request), public_id=id), by=request.user)
        return _told(request, id)


@extend_schema(parameters=[MERCHANT_HEADER])
class ResumePreparedView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=None, responses=PreparedAnswerSerializer)
    def post(self, request, id):
        """It answers again; one that is being checked, refused or stopped stays as it is."""
        services.resume_prepared(prepared=get_object_or_404(_prepared(request), public_id=id), by=request.user)
        return _told(request, id)


def _told(request, public_id: str, code: int = status.HTTP_200_OK) -> Response:
    row = get_object_or_404(_prepared(request), public_id=public_id)
    return Response(PreparedAnswerSerializer(row).data, status=code)


def _prepare(request, row: PreparedAnswer | None, code: int) -> Response:
    data = PrepareSerializer(data=request.data)
    data.is_valid(raise_exception=True)
    given = dict(data.validated_data)
    category = Category.objects.filter(public_id=given.pop("category")["public_id"]).first()
    cards = _skus(_shop(request), given.pop("sku_ids"))
    draft = services.Preparation(category=category, cards=cards, **given)
    saved = services.prepare(shop=_shop(request), by=request.user, prepared=row, draft=draft)
    return _told(request, saved.public_id, code)


def _skus(shop: Shop, wanted: list[str]) -> list[Sku]:
    found = {sku.public_id: sku for sku in Sku.objects.filter(product__shop=shop, public_id__in=wanted)}
    if any(sku_id not in found for sku_id in wanted):
        raise NotFound
    return [found[sku_id] for sku_id in wanted]
