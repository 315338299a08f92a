"""The whole story, as people play it: ops, a merchant and a buyer with their phones.

Invite code, application, approval, shop, product; question, two taps, the merchant's message, answer, the buyer's
message, comparison, choice, talk, order card, payment, parcel, receipt, split; and then the books.

With WEIXUAN_PICTURES=folder each station leaves a picture.
"""

import re
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone
from playwright.sync_api import expect

from core.models import OutboxEvent
from orders.models import Order
from payments.models import LedgerAccount, LedgerEntry, Payment, Split, SubMerchant
from qa.models import Answer, Question
from shops.models import Product
from tests.merchants.factories import FACTS, picture
from tests.story import stack
from weixuan.crowd.client import wait_until

from .conftest import NARROW, WIDE
from .story.cast import (
    PASSWORD,
    RIVAL,
    Scene,
    follow,
    hire_ops,
    message,
    new_phone,
    open_chats,
    photo,
    scan_newest,
    set_scene,
)

SHOP, PRODUCT = "山南茶器", "紫砂西施壶普洱礼盒"
QUESTION = "送爸爸60岁生日的茶具，他爱喝普洱，要好清洗"
ANSWER = "段泥西施壶，壶口宽，手能伸进去洗；养普洱很合适，送贺卡。"
RIVALS_ANSWER = "朱泥水平壶，送长辈稳妥，配礼盒。"
CODE = re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$")
ORDER_CARD_FEN = 44_800
SECONDS = 120


@pytest.fixture
def scene(transactional_db, tmp_path, settings, open_window):
    with stack.running(tmp_path) as running:
        settings.MEDIA_ROOT = tmp_path / "media"
        hire_ops()
        scene = set_scene(running, open_window)
        yield scene
        for page in (scene.ops, scene.merchant, scene.buyer):
            page.context.close()
        scene.rival.api.close()


def test_the_whole_story(scene):
    code = ops_issues_an_invite_code(scene)
    merchant_applies_with_the_code(scene, code)
    ops_approves(scene)
    merchant_hears_of_it_and_furnishes_the_shop(scene)
    merchant_puts_a_product_on_sale(scene)
    buyer_asks(scene)
    buyer_taps_what_is_asked_back(scene)
    merchant_is_told_on_the_phone_and_answers(scene)
    rival_answers_too(scene)
    buyer_is_told_and_compares(scene)
    buyer_chooses_and_they_talk(scene)
    merchant_makes_an_order_card(scene)
    buyer_orders_and_pays(scene)
    merchant_ships(scene)
    buyer_confirms_the_receipt(scene)
    money_reaches_the_merchant(scene)
    ops_looks_it_all_up(scene)
    order = Order.objects.get()
    assert (order.status, order.total_fen) == (Order.Status.SETTLED, ORDER_CARD_FEN)
    books_are_in_order()


# --- The merchant joins ---------------------------------------------------------------------------------------


def ops_issues_an_invite_code(scene: Scene) -> str:
    ops = scene.ops
    ops.goto(f"{scene.running.web}/ops/")
    ops.get_by_label("用户名").fill("ops.one")
    ops.get_by_label("密码").fill(PASSWORD)
    ops.get_by_role("button", name="登录").click()
    scene.shoot(ops, "ops-desk")
    ops.goto(f"{scene.running.web}/ops/merchants/invitebatch/add/")
    ops.get_by_label("名称").fill("杭州茶博会")
    ops.get_by_label("渠道").fill("展会")
    ops.get_by_label("数量").fill("1")
    ops.locator("[name=expires_at_0]").fill((timezone.localdate() + timedelta(days=30)).isoformat())
    ops.locator("[name=expires_at_1]").fill("23:59:59")
    ops.get_by_role("button", name="保存", exact=True).click()
    code = ops.locator(".code-text")
    expect(code).to_have_text(CODE)
    scene.shoot(ops, "ops-invite-code")
    return code.inner_text()


def merchant_applies_with_the_code(scene: Scene, code: str) -> None:
    page, phone = scene.merchant, scene.merchants_phone
    new_phone(phone, scene.running, FACTS["contact_name"])
    page.goto(f"{scene.running.web}/m/apply/")
    page.get_by_label("邀请码").fill(code)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("用微信扫一扫")).to_be_visible()
    scene.shoot(page, "merchant-login")
    scan_newest(phone)
    scene.shoot(phone, "merchants-phone-scanned")
    page.wait_for_url("**/m/apply/")
    page.get_by_role("button", name="继续").click()
    fill_in_the_facts(page)
    scene.shoot(page, "merchant-facts")
    page.get_by_role("button", name="保存并继续").click()
    for number, kind in enumerate(("营业执照", "身份证人像面", "身份证国徽面"), 1):
        page.get_by_label("类型").select_option(kind)
        page.get_by_label("图片").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture().read()}
        )
        page.get_by_role("button", name="上传").click()
        expect(page.get_by_role("figure")).to_have_count(number)
    scene.shoot(page, "merchant-documents")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("待审核")).to_be_visible()
    scene.shoot(page, "merchant-handed-in")


def fill_in_the_facts(page) -> None:
    page.get_by_label("经营主体").select_option(FACTS["kind"])
    labels = {
        "店铺名": "shop_name",
        "卖什么": "introduction",
        "执照名称": "business_name",
        "统一社会信用代码": "licence_number",
        "经营者或法人姓名": "contact_name",
        "手机号": "contact_phone",
        "身份证号": "id_number",
        "收款银行账号": "bank_account",
    }
    for label, name in labels.items():
        page.get_by_label(label).fill(FACTS[name])
    page.get_by_label("开户银行").select_option("杭州银行")
    page.get_by_label("开户城市").select_option("杭州市")
    page.get_by_label("开户支行").select_option(index=1)


def ops_approves(scene: Scene) -> None:
    ops = scene.ops
    ops.goto(f"{scene.running.web}/ops/merchants/application/")
    ops.get_by_role("link", name=SHOP).click()
    expect(ops.get_by_role("img", name="身份证国徽面")).to_be_visible()
    scene.shoot(ops, "ops-application")
    ops.get_by_role("link", name="通过").click()
    ops.locator("#dialog").get_by_role("button", name="通过").click()
    expect(ops.get_by_text("已通过").first).to_be_visible()
    scene.shoot(ops, "ops-approved")


def merchant_hears_of_it_and_furnishes_the_shop(scene: Scene) -> None:
    phone = scene.merchants_phone
    open_chats(phone)
    card = message(phone, "微选", "入驻审核结果")
    expect(card).to_contain_text("通过")
    scene.shoot(phone, "merchants-phone-approved")
    page = follow(card)
    expect(page.get_by_role("heading", name="今天", exact=True)).to_be_visible()
    page.close()
    page = scene.merchant
    page.goto(f"{scene.running.web}/m/")
    scene.shoot(page, "merchant-empty-today")
    page.goto(f"{scene.running.web}/m/shop/")
    page.get_by_label("怎么称呼").fill("周师傅")
    page.get_by_label("说话的方式，懂什么").fill("做了十二年紫砂，说话直，不合适就说不合适。")
    page.get_by_label("城市").fill("杭州")
    page.get_by_text("包邮", exact=True).click()
    scene.shoot(page, "merchant-shop")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存", exact=True)).to_be_visible()
    page.goto(f"{scene.running.web}/m/preferences/")
    page.get_by_label("设置免打扰时段").uncheck()
    scene.shoot(page, "merchant-preferences")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("全天", exact=True)).to_be_visible()
    wait_until(
        lambda: SubMerchant.objects.filter(merchant__name=FACTS["business_name"], status="active").exists(),
        seconds=SECONDS,
    )


def merchant_puts_a_product_on_sale(scene: Scene) -> None:
    # WeChat checks only the words of people who were in the mini-program lately.
    open_chats(scene.merchants_phone)
    visit = open_mini_program(scene.merchants_phone)
    expect(visit.get_by_role("button", name="问一问")).to_be_visible()
    visit.close()
    page = scene.merchant
    page.goto(f"{scene.running.web}/m/products/")
    scene.shoot(page, "merchant-empty-shelf")
    page.get_by_role("link", name="发布第一件商品").click()
    page.get_by_label("标题").fill(PRODUCT)
    page.get_by_label("类目").fill("茶具")
    scene.shoot(page, "merchant-category")
    page.get_by_role("option", name="茶具").click()
    for value in ("普洱", "紫砂", "好清洗"):
        page.get_by_text(value, exact=True).click()
    page.get_by_label("介绍").fill("宜兴段泥，壶口 6 厘米，一壶一公道两杯，原木礼盒。")
    page.get_by_label("价格").fill("468")
    page.get_by_label("库存").fill("8")
    page.locator("input[type=file]").set_input_files(photo("teapot"))
    scene.shoot(page, "merchant-product")
    page.get_by_role("button", name="保存并上架").click()
    wait_until(lambda: Product.objects.filter(title=PRODUCT, status="published").exists(), seconds=SECONDS)
    page.goto(f"{scene.running.web}/m/products/")
    expect(page.get_by_role("row", name=PRODUCT)).to_contain_text("在售")
    scene.shoot(page, "merchant-shelf")


def open_mini_program(phone):
    with phone.context.expect_page() as opened:
        phone.get_by_role("link", name="微选小程序").click()
    return opened.value


# --- Question and answer --------------------------------------------------------------------------------------


def buyer_asks(scene: Scene) -> None:
    phone = scene.buyers_phone
    new_phone(phone, scene.running, "林女士")
    scene.shoot(phone, "buyers-phone")
    address = phone.get_by_role("link", name="微选小程序").get_attribute("href")
    page = scene.buyer
    page.goto(address)
    page.get_by_label("想买什么").fill(QUESTION)
    scene.shoot(page, "buyer-asks")
    page.get_by_role("button", name="问一问").click()
    expect(page.get_by_text("微选 申请给你发消息")).to_be_visible()
    scene.shoot(page, "buyer-allows-messages")
    page.get_by_role("button", name="允许").click()


def buyer_taps_what_is_asked_back(scene: Scene) -> None:
    page = scene.buyer
    expect(page.get_by_text("大概想花多少")).to_be_visible()
    expect(page.get_by_text("还有 2 件合适")).to_be_visible()
    scene.shoot(page, "buyer-clarifies")
    page.locator(".bd-option").nth(1).click()
    expect(page.locator(".wx-say-me")).to_have_count(2)
    expect(page.get_by_text("最晚哪天要到")).to_be_visible()
    scene.shoot(page, "buyer-clarified")
    # Nothing is left to ask after this: the question goes off by itself.
    page.locator(".bd-option").first.click()
    expect(page.get_by_text("派给了 2 家店")).to_be_visible()
    scene.shoot(page, "buyer-waits")


def merchant_is_told_on_the_phone_and_answers(scene: Scene) -> None:
    phone = scene.merchants_phone
    open_chats(phone)
    card = message(phone, "微选", "有人问你的店")
    expect(card).to_contain_text("送爸爸60岁生日")
    scene.shoot(phone, "merchants-phone-question")
    workbench = follow(card)
    workbench.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    expect(workbench.get_by_role("heading", name="回答", exact=True)).to_be_visible()
    scene.shoot(workbench, "merchant-workbench-390")
    workbench.close()
    page = scene.merchant
    page.goto(f"{scene.running.web}/m/")
    expect(page.get_by_text(QUESTION)).to_be_visible()
    scene.shoot(page, "merchant-today")
    page.goto(f"{scene.running.web}/m/questions/")
    scene.shoot(page, "merchant-inbox")
    page.get_by_role("link", name="去回答").click()
    page.get_by_label("写给买家的话").fill(ANSWER)
    page.get_by_role("button", name=f"把 {PRODUCT} 加进回答").click()
    expect(page.locator("#cards")).to_contain_text(PRODUCT)
    page.get_by_text("包邮", exact=True).first.click()
    expect(page.get_by_text("草稿已自动保存")).to_be_visible()
    scene.shoot(page, "merchant-answer")
    page.get_by_role("button", name="发出回答").click()
    expect(page.get_by_role("link", name="已回答 1")).to_be_visible()
    scene.shoot(page, "merchant-answered")


def rival_answers_too(scene: Scene) -> None:
    [invitation] = wait_until(scene.rival.waiting, seconds=SECONDS)
    # The buyer allowed one message, and it shall be about the shop of this story.
    wait_until(lambda: Answer.objects.shown().exists(), seconds=SECONDS)
    scene.rival.answer(invitation["id"], RIVALS_ANSWER)
    rivals = Answer.objects.shown().filter(shop__name=RIVAL, text=RIVALS_ANSWER)
    wait_until(rivals.exists, seconds=SECONDS)


def buyer_is_told_and_compares(scene: Scene) -> None:
    phone = scene.buyers_phone
    open_chats(phone)
    card = message(phone, "服务通知", "收到新回答")
    expect(card).to_contain_text(SHOP)
    scene.shoot(phone, "buyers-phone-answer")
    opened = follow(card)
    expect(opened.get_by_text(SHOP).first).to_be_visible()
    opened.close()
    page = scene.buyer
    expect(page.get_by_text("看 2 份回答")).to_be_visible()
    scene.shoot(page, "buyer-has-answers")
    link, waited = page.get_by_role("link", name="看 2 份回答"), page.locator(".bd-centre .bd-small")
    link.evaluate("link => { link.seen = true; }")
    expect(waited).not_to_have_text(waited.inner_text())
    assert link.evaluate("link => link.seen"), "what goes on around a link takes it from under a finger"
    link.click()
    table = page.get_by_role("table")
    expect(table).to_contain_text(SHOP)
    expect(table).to_contain_text(RIVAL)
    scene.shoot(page, "buyer-compares")


# --- Talk and trade -------------------------------------------------------------------------------------------


def buyer_chooses_and_they_talk(scene: Scene) -> None:
    page = scene.buyer
    page.get_by_role("button", name=f"和{SHOP}聊").first.click()
    page.get_by_label("说点什么").fill("能便宜一点吗？想要手写贺卡")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("能便宜一点吗")).to_be_visible()
    scene.shoot(page, "buyer-chat")
    shop = scene.merchant
    phone = scene.merchants_phone
    open_chats(phone)
    card = message(phone, "微选", "你的回答被选中")
    scene.shoot(phone, "merchants-phone-chosen")
    opened = follow(card)
    expect(opened.get_by_text("能便宜一点吗").first).to_be_visible()
    opened.close()
    shop.goto(f"{scene.running.web}/m/chats/")
    scene.shoot(shop, "merchant-chats")
    # WeChat tells nobody's name: until she gives one, the platform makes one up.
    shop.get_by_role("link", name="微信用户").click()
    shop.get_by_role("textbox", name="消息").fill("可以，给你 448，贺卡我手写。")
    shop.get_by_role("button", name="发送", exact=True).first.click()
    expect(shop.locator("#thread").get_by_text("给你 448")).to_be_visible()
    expect(page.get_by_text("给你 448")).to_be_visible()


def merchant_makes_an_order_card(scene: Scene) -> None:
    page = scene.merchant
    page.get_by_label("发别的").click()
    page.get_by_role("button", name="订单卡片").click()
    form = page.get_by_role("dialog")
    form.get_by_label("商品").select_option(label=PRODUCT)
    form.get_by_label("单价（元）").fill("448")
    expect(form.get_by_label("包邮")).to_be_checked()  # As promised in the answer.
    form.get_by_label("备注").fill("送手写贺卡")
    scene.shoot(page, "merchant-order-card")
    form.get_by_role("button", name="发出订单卡片").click()
    expect(form).to_be_hidden()
    expect(page.locator("#thread")).to_contain_text("448")
    scene.shoot(page, "merchant-chat")


def buyer_orders_and_pays(scene: Scene) -> None:
    page = scene.buyer
    expect(page.get_by_role("link", name="买这个")).to_have_count(2)
    scene.shoot(page, "buyer-order-card")
    page.get_by_role("link", name="买这个").last.click()
    page.get_by_role("link", name="填收货地址").first.click()
    address = {"收货人": "林晓", "手机号": "13800006072", "省": "浙江省", "城市": "杭州市", "区县": "西湖区"}
    for label, value in {**address, "街道门牌": "文三路 168 号 3 幢 502"}.items():
        page.get_by_label(label, exact=True).fill(value)
    scene.shoot(page, "buyer-address")
    page.get_by_role("button", name="保存并使用").click()
    expect(page.get_by_text("文三路")).to_be_visible()
    expect(page.get_by_text("包邮", exact=True).last).to_be_visible()
    expect(page.get_by_text("送手写贺卡")).to_be_visible()
    scene.shoot(page, "buyer-confirms")
    page.get_by_role("button", name="提交订单").click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="微信支付").click()
    sheet = opened.value
    sheet.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    expect(sheet.get_by_text("448.00")).to_be_visible()
    scene.shoot(sheet, "buyers-phone-pays")
    sheet.get_by_role("button", name="确认支付").click()
    expect(sheet.get_by_role("heading", name="支付成功")).to_be_visible()
    scene.shoot(sheet, "buyers-phone-paid")
    sheet.close()
    expect(page.get_by_text("已付款，等店家发货")).to_be_visible()
    scene.shoot(page, "buyer-paid")


def merchant_ships(scene: Scene) -> None:
    phone, page = scene.merchants_phone, scene.merchant
    open_chats(phone)
    card = message(phone, "微选", "订单已付款")
    scene.shoot(phone, "merchants-phone-paid")
    opened = follow(card)
    expect(opened.get_by_role("heading", name="待发货").first).to_be_visible()
    opened.close()
    page.goto(f"{scene.running.web}/m/orders/")
    scene.shoot(page, "merchant-orders")
    page.get_by_role("link", name="去发货").click()
    page.get_by_label("快递公司").select_option("ZTO")
    page.get_by_label("快递单号").fill("ZT20261122001")
    scene.shoot(page, "merchant-ships")
    page.get_by_role("button", name="发货", exact=True).click()
    expect(page.get_by_text("ZT20261122001")).to_be_visible()
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    scene.shoot(page, "merchant-shipped-390")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def buyer_confirms_the_receipt(scene: Scene) -> None:
    phone, page = scene.buyers_phone, scene.buyer
    open_chats(phone)
    message(phone, "服务通知", "商家已发货")
    scene.shoot(phone, "buyers-phone-shipped")
    open_chats(phone)
    card = message(phone, "微信支付", "已发货")
    scene.shoot(phone, "buyers-phone-receipt")
    card.get_by_role("button", name="确认收货").click()
    expect(page.get_by_text(re.compile("已收货|已完成")).first).to_be_visible()
    scene.shoot(page, "buyer-received")


def money_reaches_the_merchant(scene: Scene) -> None:
    expect(scene.buyer.get_by_text("已完成").first).to_be_visible()
    scene.merchant.reload()
    expect(scene.merchant.get_by_role("heading", name="已结算")).to_be_visible()
    scene.shoot(scene.merchant, "merchant-settled")


def ops_looks_it_all_up(scene: Scene) -> None:
    ops = scene.ops
    for place in (
        "qa/question",
        "payments/payment",
        "payments/ledgertransaction",
        "core/outboxevent",
        "core/auditentry",
    ):
        ops.goto(f"{scene.running.web}/ops/{place}/")
        expect(ops.get_by_role("table").first).to_be_visible()
        scene.shoot(ops, f"ops-{place.partition('/')[2]}")
    ops.goto(f"{scene.running.web}/ops/qa/question/")
    ops.get_by_role("row", name=re.compile("送爸爸")).get_by_role("link").first.click()
    ops.get_by_text(RIVAL).first.scroll_into_view_if_needed()
    scene.shoot(ops, "ops-dispatch-story")


def books_are_in_order() -> None:
    payment, split = Payment.objects.get(), Split.objects.get()
    assert (payment.status, payment.amount_fen) == (Payment.Status.PAID, ORDER_CARD_FEN)
    assert Order.objects.get().promises == ["包邮"]
    assert split.status == Split.Status.FINISHED
    assert LedgerEntry.objects.count() >= 4
    assert LedgerEntry.objects.aggregate(sum=Sum("amount_fen"))["sum"] == 0
    balances = dict(LedgerAccount.objects.values_list("kind").annotate(Sum("balance_fen")))
    assert (balances["external"], balances["settled"], balances["frozen"]) == (-ORDER_CARD_FEN, ORDER_CARD_FEN, 0)
    assert Question.objects.get().status == Question.Status.ADOPTED
    assert not OutboxEvent.objects.filter(status="failed").exists()
