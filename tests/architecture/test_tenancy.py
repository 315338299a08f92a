"""Another tenant's id answers 404 and moves nothing: every route that takes an id, every method.

Walks the URL resolver, so a new route with an id must be placed here before it can be merged.
"""

import datetime

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.services import issue_token
from chat import services as chat_services
from core.models import IdempotencyRecord
from merchants.models import Membership, Role, StaffBinding
from merchants.models import Merchant as MerchantRow
from qa import services as qa_services
from shops.models import ProductImport
from tests.architecture.test_routes import ADMIN, routes
from tests.merchants.factories import make_application
from tests.orders.factories import make_address, make_buyer, make_order, make_quote
from tests.qa.factories import invitation_of, make_answer, make_publication, make_question, make_tea_shop
from tests.shops.factories import make_product, make_upload, owner_of

METHODS = ("get", "post", "put", "patch", "delete")
# What a stranger may be told: there is no such thing, or no such method. Never "you may not".
NOT_THERE = {404, 405}
# Ids that anybody may use: what is on sale, and words rather than ids.
OPEN_TO_ALL = {
    "api/v1/categories/<slug:category_id>",
    "api/v1/products/<slug:product_id>",
    "api/v1/shops/<slug:shop_id>",
    "api/v1/shops/<slug:shop_id>/products",
    "api/v1/shops/<slug:shop_id>/follow",
    "api/v1/shops/<slug:shop_id>/block",
    "api/v1/shops/<str:id>/conversation",
    "api/v1/me/consents/<slug:purpose>",
    "wechat/pay/notify/<slug:kind>/",
    "media/<path:path>",
    "demo/login/<slug:role>/",
    "b/<path:page>",
    "sitemap-<slug:section>.xml",
    r"m/^products/import/template\.(?P<kind>csv|xlsx)$",
}
# Beginning of a route -> the row of our estate whose id stands there.
PLACES = {
    "m/apply/documents/<slug:document_id>/": ["document"],
    "m/apply/<slug:application_id>/documents/<slug:document_id>/": ["application", "document"],
    "m/apply/<slug:application_id>/": ["application"],
    "m/staff/codes/<slug:binding_id>/": ["binding"],
    "m/staff/<slug:membership_id>/": ["membership"],
    "m/products/import/<slug:import_id>/": ["import"],
    "m/products/<slug:product_id>/images/<slug:image_id>/": ["product", "image"],
    "m/products/<slug:product_id>/": ["product"],
    "m/orders/<str:id>/": ["order"],
    "m/chats/<str:id>/": ["conversation"],
    "m/questions/<str:invitation_id>/": ["invitation"],
    "m/snippets/<slug:snippet_id>/": ["snippet"],
    "m/pool/<slug:question_id>/": ["question"],
    "m/public/<slug:public_id>/": ["public"],
    "m/prepared/<slug:prepared_id>/": ["prepared"],
    "q/<slug:public_id>/": ["proposal"],
    "api/v1/public-questions/<str:public_id>": ["proposal"],
    "api/v1/shop/public-answers/<str:id>": ["public"],
    "api/v1/addresses/<slug:address_id>": ["address"],
    "api/v1/orders/<str:id>": ["order"],
    "api/v1/quotes/<str:id>": ["quote"],
    "api/v1/shop/orders/<str:id>": ["order"],
    "api/v1/conversations/<str:id>": ["conversation"],
    "api/v1/shop/conversations/<str:id>": ["conversation"],
    "api/v1/questions/<str:question_id>": ["question"],
    "api/v1/answers/<str:answer_id>": ["answer"],
    "api/v1/shop/invitations/<str:id>": ["invitation"],
    "api/v1/shop/pool/<str:id>": ["question"],
    "api/v1/shop/snippets/<str:id>": ["snippet"],
    "api/v1/shop/prepared-answers/<str:id>": ["prepared"],
}
WITH_ID = [path for path, _ in routes() if "<" in path and not path.startswith(ADMIN)]


def place_of(path: str) -> str | None:
    """The longest beginning that is placed."""
    return max((place for place in PLACES if path.startswith(place)), key=len, default=None)


@pytest.fixture
def estate(db, sandbox, settings):
    """One row of everything that has an id, all of one shop and one buyer."""
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    shop = make_tea_shop("山南茶器")
    buyer, staff = make_buyer("林女士"), owner_of(shop)
    question = make_question(buyer)
    rival_shop = make_tea_shop("半木器物")
    answer = make_answer(question, shop)
    product = make_product(shop, images=1)
    asked = make_question(buyer)
    chosen = make_answer(asked, rival_shop)
    qa_services.adopt(answer=chosen, by=buyer)
    application = make_application()
    membership = Membership.objects.get(user=staff)
    rows = {
        "question": question,
        "answer": answer,
        "invitation": invitation_of(question, shop),
        "product": product,
        "image": product.images.first(),
        "order": make_order(buyer=buyer, product=product),
        "quote": make_quote(buyer, product=product),
        "address": make_address(buyer),
        "conversation": chat_services.open_conversation(shop=shop, buyer=buyer),
        "application": application,
        "document": application.documents.first(),
        "membership": membership,
        "public": make_publication(shop, public=False),
        # Nobody but its buyer has seen it yet.
        "proposal": qa_services.propose(answer=chosen, by=buyer),
        "snippet": qa_services.save_snippet(shop=shop, by=staff, title="发货", text="今晚发"),
        "prepared": qa_services.prepare(
            shop=shop,
            by=staff,
            draft=qa_services.Preparation("茶具", product.category, "现货", [product.skus.first()]),
        ),
        "import": ProductImport.objects.create(shop=shop, file=make_upload("goods.csv")),
    }
    ids = {name: row.public_id for name, row in rows.items()}
    ids["binding"] = str(
        StaffBinding.objects.create(
            merchant=shop.merchant,
            role=Role.AGENT,
            token_digest="x" * 64,
            created_by=staff,
            expires_at=timezone.now() + datetime.timedelta(minutes=5),
        ).pk
    )
    return ids, owner_of(rival_shop)


def filled(path: str, ids: dict[str, str]) -> str:
    names = iter(PLACES[place_of(path)])
    parts = []
    for part in path.split("/"):
        if part.startswith("<int:"):
            parts.append("1")
        else:
            parts.append(ids[next(names)] if part.startswith("<") else part)
    return "/" + "/".join(parts)


def fingerprint() -> dict[str, str]:
    """Every row of every table of ours, in short. Idempotency keys of refused requests are the strangers' own."""
    ours = [m for m in apps.get_models() if "site-packages" not in apps.get_app_config(m._meta.app_label).path]
    result = {}
    with connection.cursor() as cursor:
        for model in ours:
            if model is IdempotencyRecord or model._meta.label == "accounts.ApiToken":
                continue
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")  # noqa: S608
            result[model._meta.label] = cursor.fetchone()[0]
    return result


def at_desk(user) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


def at_api(user) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user=user)[0]}"})


def test_every_route_with_an_id_is_placed():
    assert [path for path in WITH_ID if path not in OPEN_TO_ALL and place_of(path) is None] == []


def test_the_estate_is_there_for_its_owner(estate):
    """Or all the 404 below would prove nothing."""
    ids, _ = estate
    owner = MerchantRow.objects.get(name="山南茶器").memberships.get(role="owner").user
    desk = at_desk(owner)
    for place in (
        "m/orders/<str:id>/",
        "m/chats/<str:id>/",
        "m/questions/<str:invitation_id>/",
        "m/products/<slug:product_id>/",
    ):
        assert desk.get(filled(place, ids)).status_code == 200


def test_foreign_ids_are_not_found_and_nothing_moves(estate):
    ids, rival = estate
    desk, rival_api, passer_by = [at_desk(rival)], at_api(rival), at_api(make_buyer("路人"))
    before = fingerprint()
    told = []
    for path in WITH_ID:
        if path in OPEN_TO_ALL:
            continue
        url = filled(path, ids)
        # A buyer is nowhere staff, which the shop's side says with 403 whatever the id.
        apis = [rival_api] if path.startswith("api/v1/shop/") else [rival_api, passer_by]
        for caller in apis if path.startswith("api/") else desk:
            for method in METHODS:
                headers = {"Idempotency-Key": f"stranger-{len(told):06d}"}
                response = caller.generic(method.upper(), url, "{}", content_type="application/json", headers=headers)
                told.append((method, path, response.status_code))
    assert [answer for answer in told if answer[2] not in NOT_THERE] == []
    assert fingerprint() == before
