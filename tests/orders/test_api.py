"""The buyers' API of orders: shape, keys, and what belongs to somebody else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, User
from accounts.services import sign_in_with_wechat
from core.models import IdempotencyRecord
from orders.models import Order
from orders.services import ship_order
from payments.models import Payment, Refund
from shops.models import Product, Sku
from tests.orders.factories import make_address, make_buyer, make_order, make_quote, sku_of
from tests.payments.helpers import fresh, make_paid_order
from tests.payments.wire import prepay_id_of
from tests.shops.factories import make_product, owner_of

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/orders"


class Api:
    """One person's client."""

    def __init__(self, client, user: User):
        self.client, self.user, self.keys = client, user, 0
        self.headers = {"Authorization": f"Bearer {token_of(user)}"}

    def get(self, path: str, **query):
        return self.client.get(path, query, headers=self.headers)

    def post(self, path: str, body: dict | None = None, *, key: str | None = ""):
        self.keys += 1
        headers = dict(self.headers)
        if key is not None:
            headers["Idempotency-Key"] = key or f"test-key-{self.user.pk}-{self.keys}"
        return self.client.post(path, body or {}, content_type="application/json", headers=headers)


def token_of(user: User) -> str:
    import hashlib
    import secrets
    from datetime import timedelta

    from django.utils import timezone

    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    ApiToken.objects.create(user=user, digest=digest, expires_at=timezone.now() + timedelta(days=1))
    return token


@pytest.fixture
def api(client):
    return Api(client, make_buyer())


@pytest.fixture
def stranger():
    from django.test import Client

    return Api(Client(), make_buyer())


@pytest.fixture
def product():
    return make_product(price_fen=50800, stock=5, title="段泥西施壶礼盒")


def wanted(api, product, **changes) -> dict:
    body = {
        "lines": [{"sku_id": sku_of(product).public_id, "quantity": 2}],
        "address_id": make_address(api.user).public_id,
        "note": "请写贺卡",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def code(response) -> str:
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["code"]


def test_order_from_lines(api, product):
    response = api.post(ORDERS, wanted(api, product, total_fen=101600))
    assert response.status_code == 201
    order = response.json()
    assert (order["status"], order["total_fen"], order["note"]) == ("unpaid", 101600, "请写贺卡")
    assert order["lines"][0] | {"sku_id": "", "product_id": ""} == {
        "sku_id": "",
        "product_id": "",
        "title": "段泥西施壶礼盒",
        "sku_name": "",
        "cover": "",
        "quantity": 2,
        "price_fen": 50800,
    }
    assert (order["can_pay"], order["can_cancel"], order["can_receive"], order["can_refund"]) == (
        True,
        True,
        False,
        False,
    )
    assert order["address"]["phone"] == "13812345678"
    assert order["expires_at"].endswith("+08:00")
    assert order["shipment"] is None
    assert api.get(f"{ORDERS}/{order['id']}").json() == order


def test_order_from_a_card(api, product):
    quote = make_quote(api.user, product=product, price_fen=45000)
    card = api.get(f"/api/v1/quotes/{quote.public_id}").json()
    assert (card["total_fen"], card["is_open"], card["promises"]) == (45000, True, ["48 小时内发货", "碎了包赔"])
    order = api.post(ORDERS, wanted(api, product, lines=None, quote_id=card["id"])).json()
    assert (order["total_fen"], order["quote_id"], order["promises"]) == (45000, card["id"], card["promises"])


def test_same_key_replays_the_same_bytes(api, product):
    body = wanted(api, product)
    first, again = (api.post(ORDERS, body, key="one-and-the-same") for _ in range(2))
    assert (first.content, again.status_code) == (again.content, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert (Order.objects.count(), sku_of(product).stock) == (1, 3)
    assert api.post(ORDERS, wanted(api, product, note="x"), key="one-and-the-same").status_code == 422
    assert Order.objects.count() == 1


@pytest.mark.parametrize("key", [None, "short", "x" * 129, "键" * 8])
def test_money_needs_a_key(api, product, key):
    if key and not key.isascii():
        key = key.encode().decode("latin-1")
    order = make_order(buyer=api.user)
    for path in (ORDERS, f"{ORDERS}/{order.public_id}/prepay", f"{ORDERS}/{order.public_id}/refund"):
        response = api.post(path, wanted(api, product), key=key)
        assert (response.status_code, code(response)) == (400, "idempotency_key_missing")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        {"lines": []},
        {"lines": None},
        {"lines": [{"sku_id": "x", "quantity": 0}]},
        {"lines": [{"sku_id": "x", "quantity": 1000}]},
        {"lines": [{"sku_id": "x", "quantity": "many"}]},
        {"lines": [{"sku_id": "x" * 21, "quantity": 1}]},
        {"lines": [{"quantity": 1}]},
        {"lines": "all"},
        {"lines": [{"sku_id": "x", "quantity": 1}] * 21},
        {"address_id": None},
        {"address_id": ""},
        {"note": "长" * 101},
        {"note": "nul\u0000"},
        {"quote_id": "both"},
        {"total_fen": 0},
        {"total_fen": "free"},
    ],
    ids=str,
)
def test_bad_requests_are_refused(api, product, spoilt):
    response = api.post(ORDERS, wanted(api, product, **spoilt))
    assert (response.status_code, code(response)) == (400, "invalid")
    assert not Order.objects.exists()
    assert sku_of(product).stock == 5


@pytest.mark.parametrize("what", ["address_id", "quote_id", "lines"])
def test_foreign_and_unknown_ids_do_not_exist(api, stranger, product, what):
    foreign = {
        "address_id": {"address_id": make_address(stranger.user).public_id},
        "quote_id": {"lines": None, "quote_id": make_quote(stranger.user, product=product).public_id},
        "lines": {"lines": [{"sku_id": "0" * 20, "quantity": 1}]},
    }[what]
    response = api.post(ORDERS, wanted(api, product, **foreign))
    assert (response.status_code, code(response)) == (404, "not_found")
    assert not Order.objects.exists()


def test_refusals_have_codes(api, product):
    body = wanted(api, product, total_fen=1)
    response = api.post(ORDERS, body)
    assert (response.status_code, code(response), response.json()["total_fen"]) == (409, "price_changed", 101600)
    Sku.objects.update(stock=1)
    assert code(api.post(ORDERS, wanted(api, product))) == "out_of_stock"
    Product.objects.update(status="withdrawn")
    assert code(api.post(ORDERS, wanted(api, product))) == "product_unavailable"
    assert not Payment.objects.exists()


def test_refused_for_now_may_be_tried_again_under_the_same_key(api, product):
    body = wanted(api, product)
    Sku.objects.update(stock=1)
    assert api.post(ORDERS, body, key="patient-key").status_code == 409
    Sku.objects.update(stock=5)
    assert api.post(ORDERS, body, key="patient-key").status_code == 201


ACTIONS = ["", "/prepay", "/cancel", "/receive", "/refund"]


@pytest.mark.parametrize("action", ACTIONS)
def test_another_persons_order_does_not_exist(api, stranger, action):
    order = make_paid_order(buyer=stranger.user)
    path = f"{ORDERS}/{order.public_id}{action}"
    response = api.post(path, {"reason": "x"}) if action else api.get(path)
    assert (response.status_code, code(response)) == (404, "not_found")
    assert fresh(order).status == "paid"
    assert not Refund.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_without_a_token(client, action):
    path = f"{ORDERS}/{make_order().public_id}{action}"
    response = client.post(path, headers={"Idempotency-Key": "somebody"}) if action else client.get(path)
    assert (response.status_code, code(response)) == (401, "not_authenticated")
    assert client.get("/api/v1/quotes/x").status_code == 401
    assert client.get(ORDERS).status_code == 401


def test_list_is_ones_own_by_tab_newest_first(api, stranger):
    old, new = make_order(buyer=api.user), make_paid_order(buyer=api.user)
    make_order(buyer=stranger.user)
    assert [o["id"] for o in api.get(ORDERS).json()["results"]] == [new.public_id, old.public_id]
    assert [o["id"] for o in api.get(ORDERS, tab="to_pay").json()["results"]] == [old.public_id]
    assert api.get(ORDERS, tab="nonsense").status_code == 400
    assert api.get(ORDERS, cursor="nonsense").status_code == 404


def test_list_costs_the_same_for_one_and_for_three(api):
    make_order(buyer=api.user)
    api.get(ORDERS)
    with CaptureQueriesContext(connection) as one:
        api.get(ORDERS)
    for _ in range(2):
        make_order(buyer=api.user)
    with CaptureQueriesContext(connection) as three:
        assert len(api.get(ORDERS).json()["results"]) == 3
    assert len(three) == len(one) == 3


def test_cancel_receive_and_refund(api):
    order = make_order(buyer=api.user)
    assert api.post(f"{ORDERS}/{order.public_id}/cancel").json()["status"] == "cancelled"
    order = make_paid_order(buyer=api.user)
    assert code(api.post(f"{ORDERS}/{order.public_id}/receive")) == "order_not_in_state"
    ship_order(order=order, by=owner_of(order.shop), company="SF", tracking_no="SF1234567890")
    shipment = api.get(f"{ORDERS}/{order.public_id}").json()["shipment"]
    assert shipment == {"logistics_type": 1, "company": "SF", "company_name": "顺丰速运", "tracking_no": "SF1234567890"}
    assert api.post(f"{ORDERS}/{order.public_id}/receive").json()["status"] == "received"
    assert code(api.post(f"{ORDERS}/{order.public_id}/refund", {"reason": "晚了"})) == "order_not_in_state"
    order = make_paid_order(buyer=api.user)
    assert api.post(f"{ORDERS}/{order.public_id}/refund").status_code == 400
    assert api.post(f"{ORDERS}/{order.public_id}/refund", {"reason": "长" * 81}).status_code == 400
    answer = api.post(f"{ORDERS}/{order.public_id}/refund", {"reason": "不想要了"})
    assert (answer.json()["status"], Refund.objects.count()) == ("refunding", 1)


def test_prepay_of_what_cannot_be_paid(api):
    paid = make_paid_order(buyer=api.user)
    assert code(api.post(f"{ORDERS}/{paid.public_id}/prepay")) == "already_paid"
    closed = make_order(buyer=api.user)
    api.post(f"{ORDERS}/{closed.public_id}/cancel")
    assert code(api.post(f"{ORDERS}/{closed.public_id}/prepay")) == "not_payable"
    unknown = make_order(buyer=api.user)
    api.user.wechat_identities.all().delete()
    assert code(api.post(f"{ORDERS}/{unknown.public_id}/prepay")) == "no_wechat_identity"


# Over the wire


@pytest.fixture
def at_wechat(wechat, client):
    """A buyer who signed in with the phone, and an order of theirs at a shop that WeChat knows."""
    from payments.models import SubMerchant

    phone = wechat.person("林青", follows=False)
    api = Api(client, sign_in_with_wechat(js_code=phone.login_code()).user)
    order = make_order(buyer=api.user)
    SubMerchant.objects.update(sub_mchid=wechat.sub_merchant())
    return api, phone, f"{ORDERS}/{order.public_id}"


def test_purchase_through_the_api(wechat, client, at_wechat):
    api, phone, path = at_wechat
    parameters = api.post(f"{path}/prepay").json()
    assert set(parameters) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    phone.pay(prepay_id_of(parameters), **parameters)
    assert api.get(path).json()["status"] == "unpaid"
    assert wechat.deliver(client) == [204]
    order = api.get(path).json()
    assert (order["status"], order["can_pay"], order["can_refund"]) == ("paid", False, True)


def test_repeated_prepay_is_one_payment(wechat, client, at_wechat):
    api, _phone, path = at_wechat
    first, second = (api.post(f"{path}/prepay").json() for _ in range(2))
    assert first["package"] == second["package"]
    assert len(wechat.requests("transactions/jsapi")) == 1


@pytest.mark.parametrize("fault", ["error", "lost_request", "lost_reply", "forged_reply"])
def test_silence_of_wechat_is_said_and_the_same_key_goes_on(wechat, at_wechat, fault):
    api, _phone, path = at_wechat
    wechat.fault(fault, "POST /v3/pay/partner/transactions/jsapi")
    response = api.post(f"{path}/prepay", key="again-and-again")
    assert (response.status_code, code(response)) == (503, "wechat_pay_unavailable")
    assert api.post(f"{path}/prepay", key="again-and-again").status_code == 200


def test_refusal_of_wechat_is_said_with_its_code(wechat, at_wechat):
    api, _, path = at_wechat
    wechat.fault("pay_error", "POST /v3/pay/partner/transactions/jsapi", code="RULE_LIMIT", status=403)
    response = api.post(f"{path}/prepay")
    assert (response.status_code, code(response), response.json()["wechat_code"]) == (
        502,
        "wechat_pay_refused",
        "RULE_LIMIT",
    )


@pytest.mark.parametrize("trick", ["notice_forged", "notice_tampered", "notice_stale", "notice_signtest"])
def test_forged_notices_move_nothing(wechat, client, at_wechat, trick):
    api, phone, path = at_wechat
    parameters = api.post(f"{path}/prepay").json()
    wechat.fault(trick)
    phone.pay(prepay_id_of(parameters))
    forged, true = wechat.post("/control/deliver", all=False)["requests"]
    assert wechat._hand_over(client, forged) == 401
    assert api.get(path).json()["status"] == "unpaid"
    assert wechat._hand_over(client, true) == 204
    assert api.get(path).json()["status"] == "paid"


def test_doubled_and_late_notices_pay_once(wechat, client, at_wechat):
    api, phone, path = at_wechat
    parameters = api.post(f"{path}/prepay").json()
    wechat.fault("notice_doubled")
    phone.pay(prepay_id_of(parameters))
    assert wechat.deliver(client) == [204, 204]
    assert api.get(path).json()["status"] == "paid"


def test_the_kept_reply_holds_no_address_in_clear(api, product):
    body = wanted(api, product)
    first = api.post(ORDERS, body, key="kept-in-secret")
    kept = bytes(IdempotencyRecord.objects.get().body)
    for secret in ("林青", "13812345678", "龙井路"):
        assert secret in first.content.decode()
        assert secret.encode() not in kept
    assert api.post(ORDERS, body, key="kept-in-secret").content == first.content
