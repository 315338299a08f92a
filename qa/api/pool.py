"""Questions that a shop may take up by itself, and the place it holds while it writes."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import SignedIn
from merchants.api.permissions import MERCHANT_HEADER

from .. import services
from ..models import Invitation, Question
from ..selectors.pool import pool_of, pool_rows
from .serializers import QuestionSerializer
from .shop import InvitationFactSerializer, StaffWhoAnswers, own
from .views import own_question, told


class PoolQuestionSerializer(serializers.Serializer):
    """A question that the waves have left over."""

    id = serializers.CharField(source="question.public_id")
    question = serializers.CharField(source="question.text")
    facts = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField(source="question.expires_at")
    places_left = serializers.IntegerField(source="left")
    writing = serializers.IntegerField(help_text="Shops that hold a place while they write")

    @extend_schema_field(InvitationFactSerializer(many=True))
    def get_facts(self, row):
        return [{"label": str(label), "value": str(value)} for label, value in row.facts]


class HeldSerializer(serializers.Serializer):
    """An invitation whose shop is writing."""

    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(Invitation.Status.choices)
    lease_until = serializers.DateTimeField(allow_null=True, help_text="Until then a place is held")


class AskAgainSerializer(serializers.Serializer):
    budget_max_fen = serializers.IntegerField(
        min_value=1, max_value=10**12, required=False, allow_null=True, help_text="A wider budget, above the old one"
    )


@extend_schema(parameters=[MERCHANT_HEADER])
class PoolView(generics.ListAPIView):
    """The pool as it is for this shop, the newest first; at most a hundred."""

    permission_classes = [StaffWhoAnswers]
    serializer_class = PoolQuestionSerializer
    pagination_class = None
    queryset = Question.objects.none()

    def get(self, request):
        rows = pool_rows(pool_of(request.membership.merchant.shop)[:100])
        return Response(PoolQuestionSerializer(rows, many=True).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class PoolTakeView(APIView):
    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=None, responses={201: HeldSerializer})
    def post(self, request, id):
        """Take the question up: a place is held, and an invitation leads to its answer. Again returns the same one."""
        shop = request.membership.merchant.shop
        taken = services.take(question=free_question(shop, id), shop=shop, by=request.user)
        return Response(HeldSerializer(taken).data, status=status.HTTP_201_CREATED)


@extend_schema(parameters=[MERCHANT_HEADER])
class HoldView(APIView):
    """While staff write, the shop holds a place. Say so again before `lease_until` to hold it longer."""

    permission_classes = [StaffWhoAnswers]

    @extend_schema(request=None, responses=HeldSerializer)
    def put(self, request, id):
        return Response(HeldSerializer(services.hold(invitation=own(request, id), by=request.user)).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, id):
        services.let_go(invitation=own(request, id), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AskAgainView(APIView):
    """Ask further shops, with a wider budget if one is given; when every wave is over."""

    permission_classes = [SignedIn]

    @extend_schema(request=AskAgainSerializer, responses=QuestionSerializer)
    def post(self, request, question_id):
        wanted = AskAgainSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        question = own_question(request, question_id)
        budget = wanted.validated_data.get("budget_max_fen")
        return told(services.ask_again(question=question, by=request.user, budget_max_fen=budget))


def free_question(shop, public_id: str) -> Question:
    """In the pool for this shop, or in its hands; else 404."""
    mine = Invitation.objects.filter(shop=shop, question__public_id=public_id)
    taken = mine.exclude(pk__in=mine.resumable()).select_related("question").first()
    return taken.question if taken else get_object_or_404(pool_of(shop), public_id=public_id)
