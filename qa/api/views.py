from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import idempotent
from core.api.parsers import JSONParser
from core.api.permissions import SignedIn

from .. import selectors, services
from ..models import Answer, Question
from . import serializers


def own_question(request, question_id: str) -> Question:
    """The caller's question, or 404."""
    mine = Question.objects.of_buyer(request.user).select_related("category", "buyer")
    return get_object_or_404(mine, public_id=question_id)


def told(question: Question, status: int = 200) -> Response:
    fresh = Question.objects.select_related("category").get(pk=question.pk)
    return Response(serializers.QuestionSerializer(selectors.question_detail(fresh)).data, status=status)


class QuestionsView(generics.ListAPIView):
    """Ask, and the caller's own questions, newest first."""

    permission_classes = [SignedIn]
    parser_classes = [JSONParser, MultiPartParser]
    serializer_class = serializers.QuestionCardSerializer

    def get_queryset(self):
        return Question.objects.of_buyer(self.request.user)

    def get_throttles(self):
        # Asking is rationed, reading is not.
        self.throttle_scope = "ask" if self.request.method == "POST" else None
        return super().get_throttles()

    def list(self, request, *args, **kwargs):
        page = self.paginate_queryset(self.get_queryset())
        rows = [selectors.question_card(question) for question in page]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(
        request={"application/json": serializers.AskSerializer, "multipart/form-data": serializers.AskSerializer},
        responses={201: serializers.QuestionSerializer},
    )
    @idempotent
    def post(self, request, *, idempotency_key):
        asked = serializers.AskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        question = services.ask(buyer=request.user, idempotency_key=idempotency_key, **asked.validated_data)
        return told(question, 201)


class QuestionView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.QuestionSerializer)
    def get(self, request, question_id):
        return told(own_question(request, question_id))


class ClarificationView(APIView):
    """Tap an answer, or skip it: the next question comes back. With none left the question is sent off by itself."""

    permission_classes = [SignedIn]

    @extend_schema(request=serializers.ClarifySerializer, responses=serializers.QuestionSerializer)
    def post(self, request, question_id, position):
        question = own_question(request, question_id)
        tap = serializers.ClarifySerializer(data=request.data)
        tap.is_valid(raise_exception=True)
        value = None if tap.validated_data["skip"] else tap.validated_data["value"]
        return told(services.answer_clarification(question=question, position=position, value=value))


class SubmitView(APIView):
    """Send the question off as it is; what was not answered stays open."""

    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.QuestionSerializer)
    def post(self, request, question_id):
        return told(services.submit(question=own_question(request, question_id)))


class CloseView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.QuestionSerializer)
    def post(self, request, question_id):
        return told(services.close_question(question=own_question(request, question_id), by=request.user))


class AdoptView(APIView):
    """Choose an answer: a conversation with its shop opens."""

    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.AdoptedSerializer)
    def post(self, request, answer_id):
        shown = Answer.objects.for_buyer().filter(question__buyer=request.user).select_related("question")
        conversation = services.adopt(answer=get_object_or_404(shown, public_id=answer_id), by=request.user)
        return Response(serializers.AdoptedSerializer({"conversation_id": conversation.public_id}).data)


class CompareView(APIView):
    """Answers side by side, by the buyer's own conditions."""

    permission_classes = [SignedIn]

    @extend_schema(
        parameters=[OpenApiParameter("answers", str, description="Ids, separated by commas; else the shortlist")],
        responses=serializers.ComparisonSerializer,
    )
    def get(self, request, question_id):
        """The shortlist, or the best three while nothing is shortlisted, or the answers that are named."""
        wanted = [part for part in request.query_params.get("answers", "").split(",") if part]
        told = selectors.comparison(own_question(request, question_id), wanted)
        return Response(serializers.ComparisonSerializer(told).data)


class ShortlistView(APIView):
    """Keep an answer for comparing, or let it go; at most three are kept."""

    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.ShortlistedSerializer)
    def put(self, request, answer_id):
        return self._keep(request, answer_id, on=True)

    @extend_schema(request=None, responses=serializers.ShortlistedSerializer)
    def delete(self, request, answer_id):
        return self._keep(request, answer_id, on=False)

    def _keep(self, request, answer_id: str, *, on: bool) -> Response:
        shown = Answer.objects.for_buyer().filter(question__buyer=request.user).select_related("question")
        answer = services.shortlist(answer=get_object_or_404(shown, public_id=answer_id), by=request.user, on=on)
        kept = {"public_id": answer.public_id, "shortlisted": answer.shortlisted_at is not None}
        return Response(serializers.ShortlistedSerializer(kept).data)
