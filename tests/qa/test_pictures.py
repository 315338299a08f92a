"""A question's picture: sent with it, seen by nobody before WeChat has passed it, never waited for in vain."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from core import outbox
from core.models import OutboxEvent
from qa import services
from qa.models import Question
from tests.accounts.factories import api_of
from tests.shops.factories import make_upload

pytestmark = pytest.mark.django_db

QUESTIONS = "/api/v1/questions"
HALF_AN_HOUR = timedelta(minutes=31)


def ask(buyer, *, key: str = "key-12345678", **fields):
    body = {"text": "送爸爸的茶具，喝普洱", "image": make_upload(), **fields}
    return api_of(buyer).post(QUESTIONS, body, format="multipart", headers={"Idempotency-Key": key})


def screening() -> OutboxEvent:
    return OutboxEvent.objects.get(kind="qa.screen_question")


def run_now(event: OutboxEvent) -> OutboxEvent:
    OutboxEvent.objects.filter(pk=event.pk).update(due_at=timezone.now())
    outbox.run(event.pk)
    event.refresh_from_db()
    return event


def test_picture_is_taken_and_waits_for_its_verdict(buyer):
    asked = ask(buyer)
    assert asked.status_code == 201, asked.content
    question = Question.objects.get()
    assert asked.json()["image"] == question.image.url
    assert (question.status, bool(question.image_trace_id)) == ("draft", True)
    services.conclude_picture(trace_id=question.image_trace_id, passed=True)
    question.refresh_from_db()
    assert question.status == "dispatched"  # nothing in stock to ask about


def test_refused_picture_refuses_the_question(buyer):
    ask(buyer)
    services.conclude_picture(trace_id=Question.objects.get().image_trace_id, passed=False)
    assert Question.objects.get().status == "rejected"


def test_what_is_no_picture_is_refused_and_nothing_is_kept(buyer):
    for image in (ContentFile(b"<script>alert(1)</script>", name="a.png"), ContentFile(b"GIF89a", name="b.png")):
        refused = ask(buyer, image=image, key=f"key-{image.size:08}")
        assert refused.status_code == 400
    assert not Question.objects.exists()


def test_same_key_is_one_question_and_another_picture_is_refused(buyer):
    first, again = ask(buyer), ask(buyer)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    other = ask(buyer, image=make_upload(width=30))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Question.objects.count() == 1


def test_lost_verdict_is_asked_for_again_when_it_is_overdue(buyer):
    ask(buyer)
    first = Question.objects.get().image_trace_id
    event = run_now(screening())
    assert Question.objects.get().image_trace_id == first
    assert (event.status, event.error_code) == ("pending", "picture_pending")
    assert event.due_at > timezone.now() + timedelta(minutes=29)

    Question.objects.update(created_at=timezone.now() - HALF_AN_HOUR)
    run_now(event)
    second = Question.objects.get().image_trace_id
    assert second != first
    services.conclude_picture(trace_id=first, passed=True)
    services.conclude_picture(trace_id=second, passed=False)
    event.refresh_from_db()
    assert (Question.objects.get().status, event.status) == ("dispatched", "cancelled")
