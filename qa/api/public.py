"""Public answers over the API: found by anybody, judged by those whom they may have helped, decided by buyer and shop."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import Anyone, SignedIn
from merchants.api.permissions import MERCHANT_HEADER, staff_who
from shops.selectors import blocked_by

from .. import services
from ..errors import NoLongerPublic
from ..models import Answer, PublicAnswer
from ..selectors import publications as selectors
from .serializers import AskedShopNameSerializer, PublicAnswerSerializer

LONGEST_ID = 20
# Of an answer that its buyer chose: "none" before anything was proposed.
PUBLICATION_STATES = [("none", _("Not public")), *PublicAnswer.Status.choices]
FILTERS = [
    OpenApiParameter("q", str, description="What somebody types: similar questions, likest and most helpful first"),
    OpenApiParameter("category", str, description="Id of a category; brings those below it"),
    OpenApiParameter("shop", str, description="Id of a shop"),
]


class PublicAnswerDetailSerializer(PublicAnswerSerializer):
    my_feedback = serializers.BooleanField(allow_null=True, help_text="Whether it helped the caller; null: not said")
    can_judge = serializers.BooleanField(help_text="Neither who asked nor who works for the shop may")


class FeedbackSerializer(serializers.Serializer):
    helped = serializers.BooleanField()


class PublicationSerializer(serializers.Serializer):
    """What the buyer decides by: the words as everybody would read them."""

    answer_id = serializers.CharField()
    public_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(PUBLICATION_STATES)
    question = serializers.CharField(allow_blank=True, help_text="The buyer's words without personal data")
    text = serializers.CharField(allow_blank=True, help_text="The shop's answer without personal data")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was taken down")
    helped = serializers.IntegerField()
    can_propose = serializers.BooleanField()
    url = serializers.CharField(allow_blank=True, help_text="Its page, once it is public")


class OwnPublicationSerializer(serializers.Serializer):
    answer_id = serializers.CharField()
    shop = AskedShopNameSerializer()
    text = serializers.CharField()
    status = serializers.ChoiceField(PUBLICATION_STATES)
    helped = serializers.IntegerField()
    can_propose = serializers.BooleanField()
    order_ids = serializers.ListField(child=serializers.CharField(), help_text="The caller's orders that came of it")


class ConsentSerializer(serializers.Serializer):
    question = serializers.CharField(max_length=500, help_text="The caller's wording; personal data is hidden again")
    version = serializers.CharField(max_length=20, help_text="Of the text of consent that was shown")


class ShopPublicAnswerSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(PublicAnswer.Status.choices)
    question = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    helped = serializers.IntegerField()
    not_helped = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True)


class PublishingSerializer(serializers.Serializer):
    on = serializers.BooleanField(help_text="Adopted answers of the shop may be made public by their buyers")


def visible(public_id: str) -> PublicAnswer:
    """What anybody may read. One that was public once is gone (410), anything else was never there (404)."""
    if row := selectors.with_parts(PublicAnswer.objects.visible()).filter(public_id=public_id).first():
        return row
    if PublicAnswer.objects.filter(public_id=public_id).exclude(published_at=None).exists():
        raise NoLongerPublic
    return get_object_or_404(PublicAnswer.objects.none())


class PublicQuestionsView(generics.GenericAPIView):
    permission_classes = [Anyone]
    throttle_scope = "public"
    serializer_class = PublicAnswerSerializer

    @extend_schema(parameters=FILTERS, responses=PublicAnswerSerializer(many=True))
    def get(self, request):
        """Questions with their chosen answers, newest first; with `q` one page of similar ones."""
        given = {name: request.query_params.get(name, "") for name in ("q", "category", "shop")}
        query, ids = given.pop("q").strip(), {name: value[:LONGEST_ID] for name, value in given.items()}
        rows = selectors.with_parts(selectors.public_answers(query=query, hidden=blocked_by(request.user), **ids))
        if query:
            found = rows[: min(self.paginator.get_page_size(request), selectors.MOST_SIMILAR)]
            return Response({"results": selectors.cards_json(found), "next": None, "previous": None})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(selectors.cards_json(page))


class PublicQuestionView(APIView):
    permission_classes = [Anyone]
    throttle_scope = "public"

    @extend_schema(responses=PublicAnswerDetailSerializer)
    def get(self, request, public_id):
        """With what the caller said of it. 410 once it was withdrawn or taken down."""
        return Response(selectors.detail_json(visible(public_id), request.user))


class FeedbackView(APIView):
    """Did it help? One voice a person, which may change."""

    permission_classes = [SignedIn]

    @extend_schema(request=FeedbackSerializer, responses=PublicAnswerDetailSerializer)
    def put(self, request, public_id):
        row = visible(public_id)
        given = FeedbackSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self._give(request, row, given.validated_data["helped"])

    @extend_schema(responses=PublicAnswerDetailSerializer)
    def delete(self, request, public_id):
        return self._give(request, visible(public_id), None)

    def _give(self, request, row: PublicAnswer, helped: bool | None) -> Response:
        services.give_feedback(public=row, by=request.user, helped=helped)
        return Response(selectors.detail_json(visible(row.public_id), request.user))


class PublicationView(APIView):
    """Let the answer that the caller chose help others, or no longer."""

    permission_classes = [SignedIn]

    @extend_schema(responses=PublicationSerializer)
    def get(self, request, answer_id):
        return self._told(self._answer(answer_id))

    @extend_schema(request=None, responses=PublicationSerializer)
    def post(self, request, answer_id):
        """See how it would read in public; nobody else sees it yet."""
        answer = self._answer(answer_id)
        services.propose(answer=answer, by=request.user)
        return self._told(answer)

    @extend_schema(request=ConsentSerializer, responses=PublicationSerializer)
    def put(self, request, answer_id):
        """Agree to these words. They are checked before anybody reads them."""
        answer = self._answer(answer_id)
        given = ConsentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        public = get_object_or_404(PublicAnswer, answer=answer)
        services.consent(public=public, by=request.user, **given.validated_data)
        return self._told(answer)

    @extend_schema(request=None, responses=PublicationSerializer)
    def delete(self, request, answer_id):
        """Take the consent back: it is gone at once."""
        answer = self._answer(answer_id)
        if public := PublicAnswer.objects.filter(answer=answer).first():
            services.withdraw(public=public, by=request.user)
        return self._told(answer)

    def _answer(self, answer_id: str) -> Answer:
        mine = Answer.objects.shown().filter(question__buyer=self.request.user).select_related("shop")
        return get_object_or_404(mine, public_id=answer_id)

    def _told(self, answer: Answer) -> Response:
        return Response(PublicationSerializer(selectors.publication_json(answer)).data)


class OwnPublicationsView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=OwnPublicationSerializer(many=True))
    def get(self, request):
        """The caller's chosen answers, newest first, at most 100, with whether they help others."""
        return Response(OwnPublicationSerializer(selectors.own_publications(request.user), many=True).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopPublicAnswersView(generics.ListAPIView):
    """The shop's answers that are public, are being checked, or were; what only a buyer has seen is not among them."""

    permission_classes = [staff_who("answer")]
    serializer_class = ShopPublicAnswerSerializer

    def get_queryset(self):
        shop = self.request.membership.merchant.shop
        return PublicAnswer.objects.of_shop(shop).exclude(consented_at=None).defer("search")


@extend_schema(parameters=[MERCHANT_HEADER])
class DeclineView(APIView):
    permission_classes = [staff_who("answer")]

    @extend_schema(request=None, responses=ShopPublicAnswerSerializer)
    def post(self, request, id):
        """Not this one: it is gone at once and for good."""
        shop = request.membership.merchant.shop
        asked = PublicAnswer.objects.of_shop(shop).exclude(consented_at=None)
        row = services.decline(public=get_object_or_404(asked, public_id=id), by=request.user)
        return Response(ShopPublicAnswerSerializer(row).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class PublishingView(APIView):
    """Whether the shop lets its adopted answers be public."""

    permission_classes = [staff_who("settings")]

    @extend_schema(responses=PublishingSerializer)
    def get(self, request):
        return Response({"on": selectors.publishes(request.membership.merchant.shop)})

    @extend_schema(request=PublishingSerializer, responses=PublishingSerializer)
    def put(self, request):
        given = PublishingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        shop = request.membership.merchant.shop
        services.set_publishing(shop=shop, on=given.validated_data["on"], by=request.user)
        return Response({"on": selectors.publishes(shop)})
