"""Redis is away: what needs it says so, everything else goes on."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from tests.qa.factories import make_buyer


@pytest.mark.django_db
def test_a_question_is_taken_and_read(no_redis, wechat):
    client = APIClient()
    client.force_authenticate(make_buyer())
    asked = client.post("/api/v1/questions", {"text": "送爸爸的茶具，300 以内"}, headers={"Idempotency-Key": "k" * 8})
    assert asked.status_code == 201, asked.content
    assert client.get(f"/api/v1/questions/{asked.data['id']}").status_code == 200


@pytest.mark.django_db
def test_guarded_doors_stay_shut_and_say_when_to_come_back(no_redis):
    """A password or an invite code could be guessed at while nobody counts."""
    person = User.objects.create_user(username="qing", password="correct horse battery")
    page = Client().post(reverse("accounts:login"), {"username": "qing", "password": "correct horse battery"})
    assert page.status_code in (200, 400, 422)
    assert "稍后再试" in page.content.decode() or "一分钟后再试" in page.content.decode()
    assert not Client().get("/m/").wsgi_request.user.is_authenticated
    assert person.last_login is None


@pytest.mark.django_db
def test_ops_read_the_board(no_redis, client):
    client.force_login(User.objects.create_superuser(username="ops"))
    assert client.get(reverse("admin:qa_board")).status_code == 200
