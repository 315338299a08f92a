import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.errors import AccountDisabled, LoginTicketInvalid
from accounts.models import LoginTicket, User, WeChatIdentity
from accounts.views.session import browser_name
from core.models import AuditEntry

from .factories import make_user, sign_in

pytestmark = pytest.mark.django_db

LOGIN, QR, POLL = "/m/login/", "/m/login/qr/", "/m/login/poll/"


def scan(token: str, openid: str = "oa-1", unionid: str | None = "") -> str:
    return services.scan_login(token=token, openid=openid, unionid=unionid, event="SCAN")


def test_login_page_asks_wechat_for_nothing(client):
    page = client.get(LOGIN)
    assert page.status_code == 200
    assert not LoginTicket.objects.exists()


def test_who_was_sent_to_it_is_told_why(client):
    sent = client.get("/m/questions/")
    assert "登录已过期" in client.get(sent["Location"]).content.decode()
    assert "登录已过期" not in client.get(LOGIN).content.decode()


def test_scan_signs_the_browser_in_that_shows_the_code(wechat, client, settings):
    """The whole way: code on the page, phone, WeChat's push, poll, session."""
    settings.SANDBOX_PUBLIC_URL = wechat.url
    merchant = wechat.person("老周", follows=False)
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140"}
    shown = client.post(QR, {"next": "/m/staff/"}, headers=agent).content.decode()
    assert "<svg" in shown
    assert client.post(POLL).status_code == 204
    link = html.unescape(re.search(rf'href="({wechat.url}/phone/scan[^"]+)"', shown)[1])
    merchant.scan(parse_qs(urlsplit(link).query)["ticket"][0])
    assert set(wechat.deliver(client)) == {200}
    assert "Chrome · Windows" in str(merchant.messages())
    answer = client.post(POLL, {"next": "/m/staff/"})
    assert answer["HX-Redirect"] == "/m/staff/"
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert user.wechat_identities.get().is_following
    assert AuditEntry.objects.filter(action="accounts.web_signed_in", target_id=user.public_id).exists()


def test_ticket_opens_one_session_once():
    ticket, token, secret = services.start_login()
    scan(token)
    services.finish_login(ticket=ticket, browser_secret=secret)
    with pytest.raises(LoginTicketInvalid):
        services.finish_login(ticket=ticket, browser_secret=secret)
    with pytest.raises(LoginTicketInvalid):
        scan(token)


def test_nobody_is_signed_in_before_the_scan():
    ticket, _token, secret = services.start_login()
    with pytest.raises(LoginTicketInvalid):
        services.finish_login(ticket=ticket, browser_secret=secret)


def test_another_browser_gets_nothing():
    """Overheard token, guessed number: without the browser's secret no session."""
    ticket, token, _secret = services.start_login()
    _other, _other_token, other_secret = services.start_login()
    scan(token)
    for wrong in (token, other_secret, ""):
        with pytest.raises(LoginTicketInvalid):
            services.finish_login(ticket=ticket, browser_secret=wrong)
    assert LoginTicket.objects.get(pk=ticket.pk).status == "scanned"


def test_poll_of_another_browser_sees_no_session(client):
    ticket, token, _secret = services.start_login()
    scan(token)
    session = client.session
    session["login_ticket"] = {"id": ticket.pk, "secret": "x" * 43}
    session.save()
    assert "HX-Redirect" not in client.post(POLL)
    assert "_auth_user_id" not in client.session


def test_second_person_cannot_take_over_a_scanned_code():
    ticket, token, secret = services.start_login()
    scan(token, "oa-1")
    scan(token, "oa-1")
    with pytest.raises(LoginTicketInvalid):
        scan(token, "oa-2")
    user = services.finish_login(ticket=ticket, browser_secret=secret)
    assert user.wechat_identities.get().openid == "oa-1"


def test_expired_code_is_worth_nothing():
    ticket, token, secret = services.start_login()
    LoginTicket.objects.update(expires_at=timezone.now())
    with pytest.raises(LoginTicketInvalid):
        scan(token)
    LoginTicket.objects.update(status="scanned", user=make_user())
    with pytest.raises(LoginTicketInvalid):
        services.finish_login(ticket=ticket, browser_secret=secret)
    assert not WeChatIdentity.objects.filter(openid="oa-1").exists()


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "'; DROP TABLE"])
def test_forged_token_is_refused(token):
    with pytest.raises(LoginTicketInvalid):
        scan(token)


def test_closed_person_is_not_let_in():
    ticket, token, secret = services.start_login()
    scan(token)
    user = LoginTicket.objects.get().user
    services.close_account(user=user, by=make_user(is_staff=True), reason="欺诈")
    with pytest.raises(AccountDisabled):
        services.finish_login(ticket=ticket, browser_secret=secret)
    _ticket, fresh, _secret = services.start_login()
    with pytest.raises(AccountDisabled):
        scan(fresh)


def test_secrets_of_a_ticket_are_kept_as_hashes():
    _ticket, token, secret = services.start_login()
    stored = str(list(LoginTicket.objects.values()))
    assert token not in stored
    assert secret not in stored


def test_expired_code_is_offered_anew(client):
    assert "qr-expired" in client.post(POLL).content.decode()


def test_codes_per_address_are_limited(wechat, client):
    for _number in range(60):
        client.post(QR)
    made = LoginTicket.objects.count()
    assert "wx-note-error" in client.post(QR).content.decode()
    assert LoginTicket.objects.count() == made == 60


def test_code_says_when_wechat_is_down(wechat, client):
    wechat.fault("error", "POST /cgi-bin/qrcode/create", count=5)
    assert "wx-note-error" in client.post(QR).content.decode()


def test_session_id_changes_at_sign_in(client):
    client.get(LOGIN)
    ticket, token, secret = services.start_login()
    session = client.session
    session["login_ticket"] = {"id": ticket.pk, "secret": secret}
    session.save()
    before = session.session_key
    scan(token)
    client.post(POLL)
    assert client.session.session_key != before
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http:evil.example", "\\\\evil.example"],
)
def test_next_stays_with_us(target):
    signed_in = sign_in(Client(), make_user())
    assert signed_in.get(LOGIN, {"next": target}).url == reverse("merchants:enter")


def test_next_within_us_is_kept():
    assert sign_in(Client(), make_user()).get(LOGIN, {"next": "/m/staff/?q=1"}).url == "/m/staff/?q=1"


def test_posts_need_the_csrf_token():
    strict = Client(enforce_csrf_checks=True)
    for path in (LOGIN, QR, POLL, "/m/logout/", "/m/logout/everywhere/"):
        assert strict.post(path).status_code == 403


def test_logout_ends_the_session():
    browser = sign_in(Client(), make_user())
    assert browser.post("/m/logout/").url == LOGIN
    assert browser.get("/m/account/").url.startswith(LOGIN)
    assert browser.get("/m/logout/").status_code == 405


def test_logout_everywhere_ends_other_browsers_too():
    user = make_user()
    here, there = sign_in(Client(), user), sign_in(Client(), user)
    here.post("/m/logout/everywhere/")
    assert there.get("/m/account/").status_code == 302


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604",
            "Safari · iOS",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 MicroMessenger/8.0.60", "WeChat · Android"),
        ("curl/8", ""),
    ],
)
def test_browser_is_named_as_its_owner_would(agent, name):
    assert browser_name(agent) == name


def test_unfollowing_is_remembered(wechat, client):
    lin = wechat.person(follows=False)
    services.person_for_openid(kind=WeChatIdentity.Kind.OFFICIAL_ACCOUNT, openid=lin.oa_openid, unionid=lin.unionid)
    for act, following in ((lin.follow, True), (lin.unfollow, False)):
        act()
        wechat.deliver(client)
        assert WeChatIdentity.objects.get(openid=lin.oa_openid).is_following is following


def test_yesterdays_tickets_are_forgotten():
    old, _token, _secret = services.start_login()
    LoginTicket.objects.update(expires_at=timezone.now() - timedelta(days=2))
    fresh, _token, _secret = services.start_login()
    assert list(LoginTicket.objects.all()) == [fresh]
    assert old != fresh


@pytest.mark.parametrize(("name", "kept"), [("老周", "老周"), ("", "原名"), ("x" * 41, "原名"), ("a\u202eb", "原名")])
def test_name_on_the_account_page(name, kept):
    user = make_user("原名", wechat=False)
    browser = sign_in(Client(), user)
    assert browser.post("/m/account/name/", {"nickname": name}).status_code == (302 if kept == name else 400)
    user.refresh_from_db()
    assert user.nickname == kept
    assert Client().post("/m/account/name/", {"nickname": "别人"}).url.startswith(LOGIN)
