import time

import httpx
import pytest

from tests.wechat_sandbox import Refused
from wechat.sandbox import credentials, settlement
from wechat.sandbox.app import create_app
from wechat.sandbox.config import Config
from wechat.sandbox.phone import people
from wechat.sandbox.weixin import login

BALANCE = "/v3/ecommerce/fund/balance/{}"


def test_error_comes_as_often_as_ordered_and_does_nothing(sandbox, merchant, shop, buyer):
    sandbox.fault("error", "POST /v3/pay/*", count=2, status=502, body="bad gateway")
    body = merchant.prepay_body(shop, buyer)
    path = "/v3/pay/partner/transactions/jsapi"
    assert [merchant.post(path, body).status_code for _ in range(3)] == [502, 502, 200]
    assert len(sandbox.get("/control/orders")["orders"]) == 1


@pytest.mark.parametrize(("kind", "orders"), [("lost_reply", 1), ("lost_request", 0)])
def test_dropped_connection(sandbox, merchant, shop, buyer, kind, orders):
    sandbox.fault(kind, "POST /v3/pay/*")
    # The kernel says "reset" where some of the request was not read yet, and "closed" where all of it was.
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        merchant.prepay(shop, buyer)
    assert len(sandbox.get("/control/orders")["orders"]) == orders
    assert merchant.prepay(shop, buyer)
    assert [row["fault"] for row in sandbox.requests("/v3/pay")] == ["", kind]


def test_latency(sandbox, merchant, shop):
    sandbox.fault("latency", "GET /v3/*", seconds=0.4)
    started = time.monotonic()
    assert merchant.get(BALANCE.format(shop)).status_code == 200
    assert time.monotonic() - started >= 0.4


def test_ordered_refusals_of_both_hosts(sandbox, merchant, shop, weixin, buyer):
    sandbox.fault("pay_error", "GET /v3/*", code="RULE_LIMIT")
    refused = merchant.get(BALANCE.format(shop))
    assert (refused.status_code, refused.json()["code"]) == (403, "RULE_LIMIT")
    for kind, errcode in (("quota", 45009), ("errcode", -1), ("token_expired", 42001)):
        sandbox.fault(kind, "GET /cgi-bin/user/info")
        assert weixin("oa", "GET", "/cgi-bin/user/info", openid=buyer.oa_openid)["errcode"] == errcode
    assert weixin("oa", "GET", "/cgi-bin/user/info", openid=buyer.oa_openid)["subscribe"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "earthquake"},
        {"kind": "error", "count": 0},
        {"kind": "error", "count": "many"},
        {"kind": "error", "probability": 0},
        {"kind": "error", "probability": 2},
    ],
)
def test_senseless_fault_is_refused(sandbox, body):
    with pytest.raises(Refused):
        sandbox.post("/control/faults", **body)
    assert sandbox.get("/control/faults") == {"faults": []}


def test_fault_can_be_cancelled(sandbox, merchant, shop):
    number = sandbox.fault("error", count=None)
    sandbox.http.delete(f"/control/faults/{number}")
    assert merchant.get(BALANCE.format(shop)).status_code == 200


@pytest.mark.parametrize("body", [{"speed": 0}, {"speed": "fast"}, {"advance": -1}])
def test_time_moves_forward_only(sandbox, body):
    with pytest.raises(Refused):
        sandbox.post("/control/clock", **body)


def test_unknown_setting_is_refused(sandbox):
    with pytest.raises(Refused):
        sandbox.configure(data_dir="/")
    with pytest.raises(Refused):
        sandbox.configure(signtest_every="often")


def test_journal_hides_secrets(sandbox, weixin, buyer):
    weixin("oa", "GET", "/cgi-bin/user/info", openid=buyer.oa_openid)
    text = str(sandbox.requests())
    assert sandbox.credentials.official_account.secret not in text
    assert "access_token=…" in text


def test_reset_forgets_everything_but_the_keys(sandbox, merchant, shop, buyer):
    merchant.paid(shop, buyer)
    sandbox.reset()
    counts = sandbox.get("/control/state")["counts"]
    assert set(counts.values()) == {0}
    assert merchant.get(BALANCE.format(shop)).json()["code"] == "MCH_NOT_EXISTS"


def test_only_loopback_pages_may_call(sandbox):
    def allowed(origin):
        answer = sandbox.http.get("/phone/api/people", headers={"Origin": origin})
        return answer.headers.get("access-control-allow-origin")

    assert allowed("http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    assert allowed("http://localhost:5173") == "http://localhost:5173"
    assert allowed("https://evil.example") is None
    assert allowed("http://127.0.0.1.evil.example") is None


def test_keys_are_made_once_and_kept_from_others(tmp_path):
    first = credentials.ensure(tmp_path)
    assert credentials.ensure(tmp_path) == first
    assert first["WECHAT_OA_APPID"] != first["WECHAT_MINI_APPID"]
    assert "PRIVATE KEY" not in first["WECHAT_PAY_PUBLIC_KEY"]
    assert (tmp_path / "platform_key.pem").read_text() not in first.values()
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_memory_survives_a_restart(tmp_path):
    world = create_app(Config(tmp_path)).world
    person = people.create(world, "阿青", follows=True)
    world.clock.set_speed(1000)
    world.clock.advance_work(5_000)
    stood = world.clock.work()
    world.commit()
    world.store.close()
    again = create_app(Config(tmp_path)).world
    assert again.people.get(person.id) == person
    assert again.people.find(oa_openid=person.oa_openid) == person
    assert [item.event for item in again.deliveries] == ["subscribe"]
    assert again.clock.work() >= stood
    again.store.close()


def test_old_codes_are_forgotten_but_not_young_ones(tmp_path):
    world = create_app(Config(tmp_path, persistent=False)).world
    person = people.create(world, "阿青", follows=False)
    old = login.issue_code(world, person, "login")
    world.clock.advance(settlement.KEPT_SECONDS + 1)
    young = login.issue_code(world, person, "login")
    settlement.prune(world)
    assert [code.code for code in world.codes] == [young.code] != [old.code]
    world.store.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("people", {"nickname": ""}),
        ("people", {"nickname": "x" * 21}),
        ("people/nobody/follow", {}),
        ("login-code", {}),
        ("pay", {"prepay_id": "wx0"}),
        ("receive", {"transaction_id": "0"}),
    ],
)
def test_phone_refuses_nonsense(sandbox, path, body):
    with pytest.raises(Refused):
        sandbox.post(f"/phone/api/{path}", **body)


def test_more_than_three_templates_cannot_be_asked_at_once(buyer):
    with pytest.raises(Refused):
        buyer.subscribe([f"sandbox-{n}" for n in range(4)])


@pytest.mark.parametrize("path", ["/phone/", "/phone/scan", "/phone/pay", "/control/", "/healthz", "/"])
def test_pages_are_there(sandbox, path):
    assert sandbox.http.get(path, follow_redirects=True).status_code == 200
