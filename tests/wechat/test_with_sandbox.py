"""Our adapters against the sandbox: the whole of each conversation, nothing scripted."""

import pytest
from django.test import Client

from wechat import clients, errors, moderation
from wechat.clients.mini_program import Parcel
from wechat.clients.pay import CombinedPart, CombinedTransaction, Notification, Refund, Share, Transaction
from wechat.moderation import ModerationUnavailable, check_text

pytestmark = pytest.mark.django_db

TEMPLATE = "sandbox-question"
notices: list[Notification] = []
scans: list[dict] = []


def notice_handler(notification):
    notices.append(notification)


def scan_handler(**scan):
    scans.append(scan)
    return "已登录"


@pytest.fixture(autouse=True)
def at_sandbox(sandbox, settings, heard):
    notices.clear()
    scans.clear()
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    settings.WECHAT_PAY_SP_APPID = sandbox.settings["WECHAT_MINI_APPID"]
    settings.PUBLIC_URL = "https://shop.example"
    settings.WECHAT_PAY_NOTIFICATION_HANDLER = f"{__name__}.notice_handler"
    settings.WECHAT_SCENE_HANDLERS = {"login": f"{__name__}.scan_handler"}
    clients.forget_clients(setting="WECHAT_")
    yield
    clients.forget_clients(setting="WECHAT_")


@pytest.fixture
def buyer(sandbox):
    return sandbox.person("林青", follows=False)


@pytest.fixture
def shop(sandbox):
    return sandbox.sub_merchant()


@pytest.fixture
def paid(sandbox, buyer, shop):
    """A paid order of one yuan, and its Transaction."""
    pay = clients.pay()
    prepay_id = open_payment(shop, buyer)
    buyer.pay(prepay_id, **pay.payment_params(prepay_id=prepay_id))
    sandbox.deliver(Client())
    notices.clear()
    return pay.query(sub_mchid=shop, out_trade_no="wx20261121-1")


def open_payment(shop, buyer, **changes):
    arguments = {"out_trade_no": "wx20261121-1", "description": "白瓷茶杯", "amount_fen": 100, "attach": "order-1"}
    return clients.pay().prepay(sub_mchid=shop, payer_openid=buyer.mini_openid, **{**arguments, **changes})


# Login and messages


def test_login_code_is_good_once(buyer):
    code = buyer.login_code()
    session = clients.mini_program().code_to_session(code=code)
    assert (session.openid, session.unionid) == (buyer.mini_openid, buyer.unionid)
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().code_to_session(code=code)
    assert caught.value.is_login_code_spent


def test_phone_number_is_told_once(buyer):
    code = buyer.phone_code()
    assert clients.mini_program().get_phone_number(code=code).national_number == buyer.phone
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().get_phone_number(code=code)
    assert caught.value.is_login_code_spent


def test_subscribe_message_spends_its_credit(sandbox, buyer):
    sandbox.template(TEMPLATE, "subscribe", "新的回答", [["thing1", "问题"]])
    send = clients.mini_program().send_subscribe_message
    with pytest.raises(errors.WeChatError) as caught:
        send(openid=buyer.mini_openid, template_id=TEMPLATE, fields={"thing1": "茶杯"})
    assert caught.value.is_out_of_credit
    buyer.subscribe([TEMPLATE])
    send(openid=buyer.mini_openid, template_id=TEMPLATE, fields={"thing1": "茶杯"})
    assert len(buyer.messages()) == 1


def test_template_message_needs_a_follower(sandbox, buyer):
    sandbox.template("sandbox-asked", "template", "新的问单", [["thing1", "问题"]])
    send = clients.official_account().send_template_message
    with pytest.raises(errors.WeChatError) as caught:
        send(openid=buyer.oa_openid, template_id="sandbox-asked", fields={"thing1": "茶杯"})
    assert caught.value.is_not_following
    buyer.follow()
    mini = sandbox.settings["WECHAT_MINI_APPID"]
    fields = {"thing1": "茶杯"}
    assert send(
        openid=buyer.oa_openid, template_id="sandbox-asked", fields=fields, mini_appid=mini, mini_path="pages/q?id=1"
    ).isdigit()
    assert "茶杯" in str(buyer.messages()[-1])


def test_field_over_its_limit_is_refused(sandbox, buyer):
    sandbox.template("sandbox-asked", "template", "新的问单", [["thing1", "问题"]])
    buyer.follow()
    with pytest.raises(errors.WeChatError) as caught:
        clients.official_account().send_template_message(
            openid=buyer.oa_openid, template_id="sandbox-asked", fields={"thing1": "茶" * 21}
        )
    assert caught.value.code == "47003" and caught.value.permanent


def test_expired_token_is_replaced_without_a_word(sandbox, buyer):
    account = clients.official_account()
    account.get_follower(openid=buyer.oa_openid)
    sandbox.fault("token_expired", "GET /cgi-bin/user/info")
    assert account.get_follower(openid=buyer.oa_openid).is_following is False
    assert len(sandbox.requests("/cgi-bin/stable_token")) == 2


def test_quota_used_up_is_rate_limited_and_not_repeated(sandbox, buyer):
    sandbox.fault("quota", "POST /cgi-bin/message/custom/send")
    with pytest.raises(errors.WeChatError) as caught:
        clients.official_account().send_text(openid=buyer.oa_openid, text="在吗")
    assert caught.value.is_rate_limited and not caught.value.permanent
    assert len(sandbox.requests("/cgi-bin/message/custom/send")) == 1


def test_customer_message_answers_who_wrote(sandbox, buyer):
    buyer.follow()
    buyer.write("在吗")
    clients.official_account().send_text(openid=buyer.oa_openid, text="在的")
    assert "在的" in str(buyer.messages()[-1])


def test_mini_program_code_and_link(sandbox, buyer):
    picture = clients.mini_program().get_unlimited_code(scene="q=1", page="pages/q", check_path=False)
    assert picture.startswith(b"\x89PNG")
    assert clients.mini_program().generate_url_link(path="pages/q", query="id=1").startswith("http")
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().get_unlimited_code(scene="中文", page="pages/q")
    assert caught.value.code == "40129"


# Scans, content, events


@pytest.mark.parametrize(("follows", "event"), [(True, "SCAN"), (False, "subscribe")])
def test_scan_of_a_parametric_code_logs_a_person_in(sandbox, buyer, follows, event):
    if follows:
        buyer.follow()
        sandbox.deliver(Client())
    code = clients.official_account().create_qr(scene="login:abc123", expire_seconds=300)
    buyer.scan(code.ticket)
    assert sandbox.deliver(Client()) == [200]
    assert scans == [{"token": "abc123", "openid": buyer.oa_openid, "unionid": buyer.unionid, "event": event}]
    assert "已登录" in str(buyer.messages()[-1])


def test_doubled_and_forged_pushes_change_nothing(sandbox, buyer):
    code = clients.official_account().create_qr(scene="login:abc123")
    sandbox.fault("notice_doubled", "subscribe")
    buyer.scan(code.ticket)
    assert sandbox.deliver(Client()) == [200, 200]
    assert len(scans) == 1
    sandbox.fault("notice_forged", "SCAN")
    buyer.scan(code.ticket)
    assert sandbox.deliver(Client()) == [403, 200]
    assert len(scans) == 2


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("encrypted", [True, False])
def test_picture_verdict_arrives_as_an_event(sandbox, buyer, settings, heard, encrypted, form):
    sandbox.configure(push_encrypted=encrypted, mini_push_format=form)
    if not encrypted:
        settings.WECHAT_MINI_AES_KEY = ""
    buyer.login_code()
    url = "https://shop.example/media/risky.jpg"
    trace = moderation.check_image_async(openid=buyer.mini_openid, media_url=url, scene=moderation.FORUM)
    sandbox.advance(60)
    assert sandbox.deliver(Client()) == [200]
    assert [(e["event"], e["payload"]["trace_id"]) for e in heard] == [("wxa_media_check", trace)]
    assert heard[0]["payload"]["result"]["suggest"] == "risky"


def test_unfollow_is_told(sandbox, buyer, heard):
    buyer.follow()
    buyer.unfollow()
    sandbox.deliver(Client())
    assert [(e["event"], e["openid"]) for e in heard] == [
        ("subscribe", buyer.oa_openid),
        ("unsubscribe", buyer.oa_openid),
    ]


def test_text_of_a_visitor_is_judged_and_of_a_stranger_held(sandbox, buyer):
    with pytest.raises(ModerationUnavailable):
        check_text(openid=buyer.mini_openid, text="白瓷茶杯", scene=moderation.FORUM)
    buyer.login_code()
    assert check_text(openid=buyer.mini_openid, text="白瓷茶杯", scene=moderation.FORUM).suggest == "pass"


# Payment


def test_payment_is_opened_paid_and_told(sandbox, buyer, shop):
    pay = clients.pay()
    prepay_id = open_payment(shop, buyer)
    assert not pay.query(sub_mchid=shop, out_trade_no="wx20261121-1").is_paid
    buyer.pay(prepay_id, **pay.payment_params(prepay_id=prepay_id))
    assert sandbox.deliver(Client()) == [204]
    (notice,) = notices
    told = Transaction.parse(notice.resource)
    asked = pay.query(sub_mchid=shop, out_trade_no="wx20261121-1")
    assert told.is_paid and asked.is_paid
    assert (told.amount_fen, told.attach, told.payer_openid) == (100, "order-1", buyer.mini_openid)
    assert told.transaction_id == asked.transaction_id
    assert pay.query_by_transaction_id(sub_mchid=shop, transaction_id=told.transaction_id).out_trade_no == (
        "wx20261121-1"
    )


def test_same_number_needs_the_same_arguments(buyer, shop):
    assert open_payment(shop, buyer)
    assert open_payment(shop, buyer)
    with pytest.raises(errors.WeChatError) as caught:
        open_payment(shop, buyer, amount_fen=101)
    assert caught.value.code == "INVALID_REQUEST" and caught.value.permanent


def test_unknown_order_is_not_found(shop):
    with pytest.raises(errors.WeChatError) as caught:
        clients.pay().query(sub_mchid=shop, out_trade_no="wx20261121-9")
    assert caught.value.is_not_found and caught.value.http_status == 404


def test_unpaid_order_is_closed_and_a_paid_one_is_not(buyer, shop, paid):
    with pytest.raises(errors.WeChatError) as caught:
        clients.pay().close(sub_mchid=shop, out_trade_no="wx20261121-1")
    assert caught.value.is_order_paid
    open_payment(shop, buyer, out_trade_no="wx20261121-2")
    clients.pay().close(sub_mchid=shop, out_trade_no="wx20261121-2")
    assert clients.pay().query(sub_mchid=shop, out_trade_no="wx20261121-2").trade_state == "CLOSED"


@pytest.mark.parametrize("trick", ["notice_forged", "notice_tampered", "notice_stale", "notice_signtest"])
def test_false_notice_before_the_true_one_is_refused(sandbox, buyer, shop, trick):
    sandbox.fault(trick, "TRANSACTION.SUCCESS")
    buyer.pay(open_payment(shop, buyer))
    assert sandbox.deliver(Client()) == [401, 204]
    assert len(notices) == 1


def test_lost_reply_leaves_the_outcome_unknown_and_the_same_number_finds_it(sandbox, buyer, shop):
    sandbox.fault("lost_reply", "POST /v3/pay/partner/transactions/jsapi")
    with pytest.raises(errors.WeChatError) as caught:
        open_payment(shop, buyer)
    assert caught.value.unknown_outcome
    assert open_payment(shop, buyer)
    assert clients.pay().query(sub_mchid=shop, out_trade_no="wx20261121-1").trade_state == "NOTPAY"


@pytest.mark.parametrize(("fault", "code"), [("unsigned", "BAD_SIGNATURE"), ("forged_reply", "BAD_SIGNATURE")])
def test_reply_without_wechats_signature_is_not_believed(sandbox, buyer, shop, fault, code):
    sandbox.fault(fault, "POST /v3/pay/*")
    with pytest.raises(errors.WeChatError) as caught:
        open_payment(shop, buyer)
    assert caught.value.code == code and caught.value.unknown_outcome


def test_wrong_merchant_key_is_a_configuration_error(sandbox, buyer, shop, settings, known):
    settings.WECHAT_PAY_PRIVATE_KEY = known.merchant_private_key
    with pytest.raises(errors.WeChatError) as caught:
        open_payment(shop, buyer)
    assert caught.value.is_configuration and caught.value.http_status == 401


def test_combined_payment_is_all_or_nothing(sandbox, buyer):
    parts = [CombinedPart(sandbox.sub_merchant(f"店{n}"), f"wx20261121-c{n}", "茶杯", n, "a") for n in (1, 2)]
    pay = clients.pay()
    arguments = {"payer_openid": buyer.mini_openid, "payer_ip": "10.0.0.1", "parts": parts}
    prepay_id = pay.prepay_combined(combine_out_trade_no="c20261121", **arguments)
    buyer.pay(prepay_id, **pay.payment_params(prepay_id=prepay_id))
    sandbox.deliver(Client())
    told = CombinedTransaction.parse(notices[0].resource)
    asked = pay.query_combined(combine_out_trade_no="c20261121")
    for combined in (told, asked):
        assert [(p.out_trade_no, p.amount_fen, p.is_paid) for p in combined.parts] == [
            ("wx20261121-c1", 1, True),
            ("wx20261121-c2", 2, True),
        ]


def test_combined_order_is_closed_with_all_its_parts(sandbox, buyer):
    parts = [CombinedPart(sandbox.sub_merchant(f"店{n}"), f"wx20261121-c{n}", "茶杯", n, "a") for n in (1, 2)]
    pay = clients.pay()
    pay.prepay_combined(
        combine_out_trade_no="c20261121", payer_openid=buyer.mini_openid, payer_ip="10.0.0.1", parts=parts
    )
    with pytest.raises(errors.WeChatError):
        pay.close_combined(combine_out_trade_no="c20261121", parts=parts[:1])
    pay.close_combined(combine_out_trade_no="c20261121", parts=parts)
    assert {p.trade_state for p in pay.query_combined(combine_out_trade_no="c20261121").parts} == {"CLOSED"}


# After payment


def test_refund_is_accepted_then_told(sandbox, shop, paid):
    pay = clients.pay()
    arguments = {"sub_mchid": shop, "out_refund_no": "r1", "refund_fen": 40, "total_fen": 100}
    first = pay.refund(transaction_id=paid.transaction_id, **arguments)
    again = pay.refund(transaction_id=paid.transaction_id, **arguments)
    assert (first.status, first.refund_id) == ("PROCESSING", again.refund_id)
    sandbox.advance(3600)
    assert sandbox.deliver(Client()) == [204]
    told, asked = Refund.parse(notices[0].resource), pay.query_refund(sub_mchid=shop, out_refund_no="r1")
    assert (told.status, asked.status, told.refund_fen, notices[0].kind) == ("SUCCESS", "SUCCESS", 40, "refund")


def test_unknown_refund_is_not_found(shop):
    with pytest.raises(errors.WeChatError) as caught:
        clients.pay().query_refund(sub_mchid=shop, out_refund_no="nothing")
    assert caught.value.is_not_found


def ship_and_receive(sandbox, buyer, transaction_id):
    """Orders of a mini-program may be split only once received."""
    sandbox.advance(120)
    clients.mini_program().upload_shipping_info(
        transaction_id=transaction_id,
        payer_openid=buyer.mini_openid,
        parcels=[Parcel(item="白瓷茶杯", tracking_no="YT1", express_company="YTO")],
    )
    buyer.receive(transaction_id)


def test_shipping_is_uploaded_once(sandbox, buyer, paid):
    ship_and_receive(sandbox, buyer, paid.transaction_id)
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().upload_shipping_info(
            transaction_id=paid.transaction_id,
            payer_openid=buyer.mini_openid,
            parcels=[Parcel(item="白瓷茶杯", tracking_no="YT1", express_company="YTO")],
        )
    assert caught.value.is_shipping_recorded


def test_split_right_after_payment_is_only_too_early(sandbox, shop, paid):
    sandbox.configure(trade_managed=False)
    share = Share("MERCHANT_ID", sandbox.settings["WECHAT_PAY_SP_MCHID"], 5, "平台服务费")
    with pytest.raises(errors.WeChatError) as caught:
        clients.pay().split(
            sub_mchid=shop, transaction_id=paid.transaction_id, out_order_no="s1", shares=[share], finish=True
        )
    assert not caught.value.permanent


def test_split_finish_and_return(sandbox, buyer, shop, paid):
    pay, platform = clients.pay(), sandbox.settings["WECHAT_PAY_SP_MCHID"]
    ship_and_receive(sandbox, buyer, paid.transaction_id)
    pay.add_receiver(type="MERCHANT_ID", account=platform, relation="PLATFORM", name="微选平台")
    where = {"sub_mchid": shop, "transaction_id": paid.transaction_id}
    pay.split(out_order_no="s1", shares=[Share("MERCHANT_ID", platform, 5, "服务费")], finish=False, **where)
    sandbox.advance(3600)
    split = pay.query_split(out_order_no="s1", **where)
    assert (split.status, [(s.amount_fen, s.result) for s in split.shares]) == ("FINISHED", [(5, "SUCCESS")])
    left = pay.unsplit_amount(transaction_id=paid.transaction_id)
    assert 0 < left <= 95
    pay.finish_split(out_order_no="f1", description="确认收货", **where)
    sandbox.advance(3600)
    assert pay.unsplit_amount(transaction_id=paid.transaction_id) == 0
    back = {"sub_mchid": shop, "out_order_no": "s1", "out_return_no": "b1"}
    pay.return_split(return_mchid=platform, amount_fen=5, description="退款", **back)
    sandbox.advance(3600)
    assert pay.query_split_return(**back).result == "SUCCESS"


def test_split_above_the_ratio_is_refused(sandbox, buyer, shop, paid):
    pay, platform = clients.pay(), sandbox.settings["WECHAT_PAY_SP_MCHID"]
    ship_and_receive(sandbox, buyer, paid.transaction_id)
    pay.add_receiver(type="MERCHANT_ID", account=platform, relation="PLATFORM", name="微选平台")
    with pytest.raises(errors.WeChatError) as caught:
        pay.split(
            sub_mchid=shop,
            transaction_id=paid.transaction_id,
            out_order_no="s1",
            shares=[Share("MERCHANT_ID", platform, 31, "服务费")],
            finish=True,
        )
    assert caught.value.permanent


# Applications


def test_applyment_goes_its_way(sandbox):
    pay = clients.pay()
    media = pay.upload_image(content=b"\xff\xd8\xff\xe0" + b"\x00" * 100, filename="licence.jpg")
    sections = {
        "business_license_info": {
            "business_license_copy": media,
            "business_license_number": "91310000MA1FL0000X",
            "merchant_name": "景德镇一间茶器店",
            "legal_person": "张三",
        },
        "id_doc_type": "IDENTIFICATION_TYPE_IDCARD",
        "id_card_info": {
            "id_card_copy": media,
            "id_card_national": media,
            "id_card_name": "张三",
            "id_card_number": "110101199003074514",
            "id_card_valid_time_begin": "2020-01-01",
            "id_card_valid_time": "2040-01-01",
        },
        "account_info": {
            "bank_account_type": "75",
            "account_bank": "工商银行",
            "account_name": "张三",
            "bank_address_code": "360200",
            "account_number": "6222021234567890123",
        },
        "contact_info": {
            "contact_type": "65",
            "contact_name": "张三",
            "contact_id_card_number": "110101199003074514",
            "mobile_phone": "13800138000",
        },
        "sales_scene_info": {"store_name": "一间茶器店", "store_url": "https://shop.example/s/1"},
    }
    arguments = {"out_request_no": "apply-1", "organization_type": "4", "merchant_shortname": "一间茶器"}
    applyment_id = pay.submit_applyment(sections=sections, **arguments)
    applyment = pay.query_applyment(applyment_id=applyment_id)
    assert applyment.out_request_no == "apply-1"
    assert pay.query_applyment_by_request(out_request_no="apply-1").applyment_id == applyment_id
    states = {applyment.state}
    for _ in range(6):
        sandbox.advance(86_400)
        applyment = pay.query_applyment(applyment_id=applyment_id)
        states.add(applyment.state)
    assert states <= {"CHECKING", "ACCOUNT_NEED_VERIFY", "AUDITING", "NEED_SIGN", "FINISH"}
    assert len(states) > 1
