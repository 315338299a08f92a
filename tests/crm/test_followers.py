import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.services import erase_person, export_person
from core.errors import NotFound
from core.models import AuditEntry
from crm import services
from crm.models import Follower
from merchants.services import suspend_merchant
from tests.accounts.factories import api_of, make_user, sign_in
from tests.merchants.factories import make_member, make_merchant, make_ops, owner_of

from .factories import make_follower

pytestmark = pytest.mark.django_db

PAGE, EXPORT = "/m/followers/", "/m/followers/export/"


@pytest.fixture
def shop():
    return make_merchant("山南茶器").shop


def follow_url(shop) -> str:
    return f"/api/v1/shops/{shop.public_id}/follow"


def test_following_and_leaving_over_the_api(shop):
    client = api_of(make_user())
    first = client.put(follow_url(shop), {"source": "chat"}).json()
    again = client.put(follow_url(shop), {"source": "purchase"}).json()
    assert first == again
    assert (first["shop_name"], first["source"]) == ("山南茶器", "chat")
    assert [f["shop_id"] for f in client.get("/api/v1/follows").json()["results"]] == [shop.public_id]
    for _repeat in range(2):
        assert client.delete(follow_url(shop)).status_code == 204
    assert client.get("/api/v1/follows").json()["results"] == []


def test_coming_back_begins_anew(shop):
    user = make_user()
    before = make_follower(shop, user=user).followed_at
    services.unfollow(shop=shop, user=user)
    row = services.follow(shop=shop, user=user, source="purchase")
    assert row.followed_at > before
    assert (row.source, Follower.objects.count()) == ("purchase", 1)


@pytest.mark.parametrize("source", ["elsewhere", "", ["shop"], None])
def test_unknown_source_is_refused(shop, source):
    assert api_of(make_user()).put(follow_url(shop), {"source": source}, format="json").status_code == 400
    assert not Follower.objects.exists()


def test_shop_that_is_not_open_is_not_followed_but_can_be_left(shop):
    user = make_user()
    make_follower(shop, user=user)
    suspend_merchant(merchant=shop.merchant, by=make_ops(), reason="核实资质")
    assert api_of(make_user()).put(follow_url(shop)).status_code == 404
    assert api_of(user).delete(follow_url(shop)).status_code == 204
    assert not Follower.objects.active().exists()


def test_nobody_follows_without_a_token_or_an_unknown_shop(shop):
    for method in ("put", "delete"):
        assert getattr(APIClient(), method)(follow_url(shop)).status_code == 401
        assert getattr(api_of(make_user()), method)("/api/v1/shops/nothing/follow").status_code == 404
    assert APIClient().get("/api/v1/follows").status_code == 401


def test_nobody_sees_what_others_follow(shop):
    make_follower(shop)
    assert api_of(make_user()).get("/api/v1/follows").json()["results"] == []


def test_page_shows_searches_and_filters(shop):
    make_follower(shop, "林女士", source="chat")
    make_follower(shop, "王先生")
    gone = make_follower(shop, "走了的人")
    services.unfollow(shop=shop, user=gone.user)
    browser = sign_in(Client(), owner_of(shop.merchant).user)
    everyone = browser.get(PAGE).content.decode()
    assert "林女士" in everyone
    assert "王先生" in everyone
    assert "走了的人" not in everyone
    for query in ({"q": "林"}, {"source": "chat"}):
        page = browser.get(PAGE, query).content.decode()
        assert "林女士" in page
        assert "王先生" not in page
    assert browser.get(PAGE, {"q": "没有这个人", "page": "99"}).status_code == 200


def test_page_costs_the_same_for_one_and_three(shop):
    browser, counts = sign_in(Client(), owner_of(shop.merchant).user), []
    for more in (1, 2):
        for _number in range(more):
            make_follower(shop)
        with CaptureQueriesContext(connection) as seen:
            browser.get(PAGE)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_export_is_whole_safe_and_written_down(shop):
    make_follower(shop, "林女士", source="chat")
    make_follower(shop, '=HYPERLINK("http://evil.example")')
    owner = owner_of(shop.merchant).user
    reply = sign_in(Client(), owner).get(EXPORT)
    assert reply.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert {row[0] for row in rows[1:]} == {"林女士", '\'=HYPERLINK("http://evil.example")'}
    entry = AuditEntry.objects.get(action="crm.followers_exported")
    assert (entry.actor_id, entry.data) == (owner.public_id, {"count": 2})


@pytest.mark.parametrize(
    ("role", "page", "export"),
    [("owner", 200, 200), ("manager", 200, 200), ("agent", 200, 403), ("finance", 403, 403)],
)
def test_role_matrix(shop, role, page, export):
    merchant = shop.merchant
    user = owner_of(merchant).user if role == "owner" else make_member(merchant, role).user
    browser = sign_in(Client(), user)
    assert (browser.get(PAGE).status_code, browser.get(EXPORT).status_code) == (page, export)
    assert AuditEntry.objects.filter(action="crm.followers_exported").exists() is (export == 200)


def test_strangers_and_nobody(shop):
    for path in (PAGE, EXPORT):
        assert sign_in(Client(), make_user()).get(path).status_code == 404
        assert Client().get(path).url.startswith("/m/login/")


def test_other_shops_followers_are_never_shown(shop):
    make_follower(shop, "林女士")
    other = sign_in(Client(), owner_of(make_merchant("别家")).user)
    assert "林女士" not in other.get(PAGE).content.decode()
    assert "林女士" not in other.get(EXPORT).content.decode()
    with pytest.raises(NotFound):
        services.export_followers(shop=shop, by=owner_of(make_merchant("第三家")))


def test_erased_person_follows_nobody_and_takes_the_list_along(shop):
    user = make_user("林女士")
    make_follower(shop, user=user)
    assert [row["shop"] for row in export_person(user=user)["follows"]] == ["山南茶器"]
    erase_person(user_id=user.pk)
    assert not Follower.objects.exists()
