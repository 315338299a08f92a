"""The phone page in a real browser: messages arrive by themselves, codes are scanned, sheets are paid."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ANSWER = "sandbox-answer_arrived"


@pytest.fixture(params=[390, 1280])
def page(request, chromium):
    """A page that must stay without a console error and without sideways scrolling."""
    context = chromium.new_context(viewport={"width": request.param, "height": 844})
    one = context.new_page()
    troubles = []
    one.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    one.on("pageerror", lambda error: troubles.append(str(error)))
    yield one
    assert one.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert troubles == []


def test_message_arrives_by_itself_and_links_to_the_mini_program(sandbox, buyer, weixin, page):
    page.goto(f"{sandbox.url}/phone/")
    page.get_by_role("button", name="林青").click()
    expect(page.get_by_role("heading", name="林青的微信")).to_be_visible()
    buyer.subscribe([ANSWER])
    data = {"thing1": {"value": "<b>送爸爸的茶具</b>"}, "thing2": {"value": "山南茶器"}, "number3": {"value": "2"}}
    body = {"touser": buyer.mini_openid, "template_id": ANSWER, "page": "pages/q/index?id=1", "data": data}
    assert weixin("mini", "POST", "/cgi-bin/message/subscribe/send", body)["errcode"] == 0
    page.locator("[data-conversation=service]", has_text="收到新回答").click()
    expect(page.get_by_text("<b>送爸爸的茶具</b>")).to_be_visible()
    link = page.get_by_role("link", name="进入小程序查看").get_attribute("href")
    assert link == f"http://127.0.0.1:8000/b/pages/q/index?id=1&sandbox_person={buyer.id}"


def test_code_on_a_web_page_is_scanned(sandbox, buyer, weixin, page):
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "login:abc"}}}
    address = weixin("oa", "POST", "/cgi-bin/qrcode/create", scene)["url"]
    page.goto(f"{sandbox.url}/phone/?person={buyer.id}")
    expect(page.get_by_role("heading", name="林青的微信")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="关注公众号").click()
    expect(page.get_by_text("已关注公众号")).to_be_visible()
    assert [item["content"]["EventKey"] for item in sandbox.deliveries()] == ["qrscene_login:abc"]


def test_pay_sheet_pays_once(sandbox, merchant, shop, buyer, page):
    prepay_id = merchant.prepay(shop, buyer, fen=50_800)
    page.goto(f"{sandbox.url}/phone/pay?prepay_id={prepay_id}")
    expect(page.get_by_text("508.00")).to_be_visible()
    page.get_by_role("button", name="确认支付").click()
    expect(page.get_by_role("heading", name="支付成功")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="这笔已经付过了")).to_be_visible()


def test_control_page_orders_a_fault(sandbox, page):
    page.goto(f"{sandbox.url}/control/")
    page.get_by_label("什么故障").select_option("lost_reply")
    page.get_by_label("对谁").fill("POST /v3/*")
    page.get_by_role("button", name="安排").click()
    expect(page.locator("#faults")).to_contain_text("lost_reply 对 POST /v3/*")
    [fault] = sandbox.get("/control/faults")["faults"]
    assert (fault["kind"], fault["match"], fault["count"]) == ("lost_reply", "POST /v3/*", 1)
