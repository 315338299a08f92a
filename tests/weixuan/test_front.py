"""The front page, the pages for refusals, and the way between languages."""

import json
import re

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from weixuan import errors

pytestmark = pytest.mark.django_db


def test_front_page_shows_the_doors_only_in_the_demo(client, settings):
    settings.DEMO = True
    assert "/demo/login/buyer/" in client.get("/").content.decode()
    settings.DEMO = False
    page = client.get("/").content.decode()
    assert "/demo/login/" not in page
    assert "/m/login/" in page


def test_front_page_speaks_both_languages(client):
    assert "直接问懂行的人" in client.get("/").content.decode()
    client.post("/i18n/language/", {"language": "en", "next": "/"})
    assert "Ask those who know" in client.get("/").content.decode()


def test_language_does_not_lead_to_another_site(client):
    answer = client.post("/i18n/language/", {"language": "en", "next": "https://example.com/"})
    assert answer.url == "/"


def test_pages_have_no_inline_script(client, settings):
    settings.DEMO = True
    page = client.get("/").content.decode()
    assert page.count("<script") == page.count("<script src=")
    assert " style=" not in page


def test_unknown_address_is_a_page_for_people_and_a_problem_for_the_api(client):
    page = client.get("/nowhere/")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "这里没有东西" in page.content.decode() and '<html lang="zh-CN">' in page.content.decode()
    client.cookies["django_language"] = "en"
    english = client.get("/nowhere/").content.decode()
    assert "There is nothing here" in english and '<html lang="en">' in english
    del client.cookies["django_language"]
    problem = client.get("/api/v1/nowhere")
    assert (problem.status_code, problem["Content-Type"]) == (404, "application/problem+json")
    assert problem.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("handler", "arguments", "status", "code"),
    [
        (errors.bad_request, (BadRequest(),), 400, "malformed"),
        (errors.permission_denied, (PermissionDenied(),), 403, "forbidden"),
        (errors.server_error, (), 500, "server_error"),
    ],
)
def test_each_refusal_has_both_forms(handler, arguments, status, code):
    page: HttpResponse = handler(RequestFactory().get("/m/"), *arguments)
    assert page.status_code == status
    assert str(status) in page.content.decode()
    problem = handler(RequestFactory().get("/api/v1/me"), *arguments)
    assert (problem.status_code, problem["Content-Type"]) == (status, "application/problem+json")
    assert f'"{code}"' in problem.content.decode()


def test_a_forged_form_is_told_what_to_do(client):
    strict = type(client)(enforce_csrf_checks=True)
    answer = strict.post("/i18n/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "刷新页面再发一次" in answer.content.decode()


def test_buyer_page_carries_its_words_and_no_inline_code(client):
    page = client.get("/b/").content.decode()
    config = json.loads(re.search(r'<script id="config" type="application/json">(.+?)</script>', page)[1])
    assert config["texts"]["ask_privacy"] == "店家看不到你的手机号。"
    assert page.count("<script") == 3  # theme, module, and the words, which are data
    assert client.get("/b/pages/order?id=x").status_code == 200
