"""What our clients put on the wire to api.weixin.qq.com, and what they make of the answers."""

from datetime import UTC, datetime

import pytest

from tests.wechat.wire import Answer
from wechat import clients, errors
from wechat.clients.mini_program import Parcel

PNG = b"\x89PNG\r\n\x1a\n"


def last(api):
    return api.requests[-1]


def test_code_to_session_needs_no_access_token(api, known):
    api.results["/sns/jscode2session"] = {"openid": "o1", "session_key": "k", "unionid": "u1"}
    session = clients.mini_program().code_to_session(code="c/1&x")
    assert (session.openid, session.unionid, session.session_key) == ("o1", "u1", "k")
    assert api.paths() == ["/sns/jscode2session"]
    assert last(api).query == {
        "appid": known.mini_program.appid,
        "secret": known.mini_program.secret,
        "js_code": "c/1&x",
        "grant_type": "authorization_code",
    }


def test_code_to_session_of_a_spent_code_says_so(api):
    api.results["/sns/jscode2session"] = {"errcode": 40163, "errmsg": "code been used rid: 1"}
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().code_to_session(code="c")
    assert caught.value.is_login_code_spent and caught.value.permanent


def test_get_phone_number_shows_nothing_in_its_repr(api):
    info = {"phoneNumber": "+8613800138000", "purePhoneNumber": "13800138000", "countryCode": 86}
    api.results["/wxa/business/getuserphonenumber"] = {"errcode": 0, "phone_info": info}
    phone = clients.mini_program().get_phone_number(code="c")
    assert (phone.national_number, phone.country_code) == ("13800138000", "86")
    assert "138" not in repr(phone)


def test_send_subscribe_message_wraps_its_fields(api):
    fields = {"thing1": "白瓷茶杯"}
    clients.mini_program().send_subscribe_message(openid="o1", template_id="t", fields=fields, page="pages/q?id=1")
    assert last(api).json() == {
        "touser": "o1",
        "template_id": "t",
        "data": {"thing1": {"value": "白瓷茶杯"}},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
        "page": "pages/q?id=1",
    }
    assert "白瓷茶杯".encode() in last(api).body
    assert fields == {"thing1": "白瓷茶杯"}


def test_send_subscribe_message_without_credit_says_so(api):
    api.results["/cgi-bin/message/subscribe/send"] = {"errcode": 43101, "errmsg": "user refuse"}
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().send_subscribe_message(openid="o1", template_id="t", fields={})
    assert caught.value.is_out_of_credit


def test_send_template_message_jumps_to_the_mini_program(api):
    api.results["/cgi-bin/message/template/send"] = {"errcode": 0, "msgid": 3}
    msgid = clients.official_account().send_template_message(
        openid="o1", template_id="t", fields={}, mini_appid="wx1", mini_path="pages/q", client_msg_id="m-1"
    )
    assert msgid == "3"
    assert last(api).json()["miniprogram"] == {"appid": "wx1", "pagepath": "pages/q"}
    assert last(api).json()["client_msg_id"] == "m-1"


def test_create_qr_makes_a_temporary_and_a_permanent_code(api):
    api.results["/cgi-bin/qrcode/create"] = {"ticket": "T", "url": "http://weixin.qq.com/q/1", "expire_seconds": 60}
    code = clients.official_account().create_qr(scene="login:abc", expire_seconds=60)
    assert (code.ticket, code.url, code.expire_seconds) == ("T", "http://weixin.qq.com/q/1", 60)
    assert last(api).json() == {
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "login:abc"}},
        "expire_seconds": 60,
    }
    clients.official_account().create_qr(scene="shop:1", expire_seconds=None)
    assert last(api).json()["action_name"] == "QR_LIMIT_STR_SCENE"


@pytest.mark.parametrize(("scene", "seconds"), [("", 60), ("x" * 65, 60), ("a", 0), ("a", 2_592_001)])
def test_create_qr_refuses_what_wechat_would(api, scene, seconds):
    with pytest.raises(ValueError):
        clients.official_account().create_qr(scene=scene, expire_seconds=seconds)
    assert api.requests == []


def test_get_follower_tells_unionid_and_whether_they_follow(api):
    api.results["/cgi-bin/user/info"] = {"subscribe": 1, "openid": "o1", "unionid": "u1", "tagid_list": [2]}
    follower = clients.official_account().get_follower(openid="o1")
    assert (follower.unionid, follower.is_following, follower.tag_ids) == ("u1", True, (2,))


def test_get_unlimited_code_returns_the_picture_or_raises(api):
    path = "/wxa/getwxacodeunlimit"
    api.results[path] = Answer(PNG, headers={"Content-Type": "image/png"})
    assert clients.mini_program().get_unlimited_code(scene="q=1", page="pages/q") == PNG
    api.results[path] = {"errcode": 41030, "errmsg": "invalid page rid: 1"}
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().get_unlimited_code(scene="q=1", page="pages/none")
    assert caught.value.code == "41030"
    with pytest.raises(ValueError):
        clients.mini_program().get_unlimited_code(scene="x" * 33)


def test_get_unlimited_code_is_asked_for_again_with_a_new_token(api):
    replies = iter([{"errcode": 42001}, Answer(PNG, headers={"Content-Type": "image/png"})])
    hand_out = api.reply

    def reply(request):
        if request.path == "/wxa/getwxacodeunlimit":
            api.results[request.path] = next(replies)
        return hand_out(request)

    api.reply = reply
    assert clients.mini_program().get_unlimited_code(scene="q=1") == PNG


def test_customer_messages_name_their_kind(api):
    account = clients.official_account()
    account.send_text(openid="o1", text="你好")
    assert last(api).json() == {"touser": "o1", "msgtype": "text", "text": {"content": "你好"}}
    account.send_image(openid="o1", media_id="m1")
    assert last(api).json()["image"] == {"media_id": "m1"}
    account.send_mini_program_page(openid="o1", title="问单", page_path="p", thumb_media_id="m1", appid="wx1")
    card = {"title": "问单", "pagepath": "p", "thumb_media_id": "m1", "appid": "wx1"}
    assert last(api).json()["miniprogrampage"] == card


def test_upload_image_goes_out_as_a_form(api):
    api.results["/cgi-bin/media/upload"] = {"type": "image", "media_id": "m1"}
    assert clients.official_account().upload_image(content=PNG, filename="a.png", mime_type="image/png") == "m1"
    assert last(api).query["type"] == "image"
    assert last(api).headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="media"; filename="a.png"' in last(api).body and PNG in last(api).body


def test_upload_shipping_info_speaks_of_the_transaction(api):
    clients.mini_program().upload_shipping_info(
        transaction_id="4200001",
        payer_openid="o1",
        parcels=[Parcel(item="茶杯" * 100, tracking_no="SF1", express_company="SF", receiver_contact="138****8000")],
        shipped_at=datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC),
    )
    body = last(api).json()
    assert body["order_key"] == {"order_number_type": 2, "transaction_id": "4200001"}
    assert (body["logistics_type"], body["delivery_mode"]) == (1, 1)
    assert len(body["shipping_list"][0]["item_desc"]) == 120
    assert body["upload_time"] == "2026-11-21T09:02:03.000+08:00"


def test_upload_shipping_info_recognises_a_repetition(api):
    api.results["/wxa/sec/order/upload_shipping_info"] = {"errcode": 10060002, "errmsg": "已发货"}
    with pytest.raises(errors.WeChatError) as caught:
        clients.mini_program().upload_shipping_info(
            transaction_id="4200001", payer_openid="o1", parcels=[Parcel(item="a")] * 2
        )
    assert caught.value.is_shipping_recorded
    assert last(api).json()["is_all_delivered"] is True


def test_upload_shipping_info_refuses_no_parcel(api):
    with pytest.raises(ValueError):
        clients.mini_program().upload_shipping_info(transaction_id="1", payer_openid="o", parcels=[])
    assert api.requests == []


def test_generate_url_link_returns_the_link(api):
    api.results["/wxa/generate_urllink"] = {"errcode": 0, "url_link": "https://wxaurl.cn/x"}
    assert clients.mini_program().generate_url_link(path="pages/q", query="id=1") == "https://wxaurl.cn/x"


@pytest.mark.parametrize("status", [502, 504])
def test_gateway_page_leaves_the_outcome_unknown(api, status):
    api.results["/cgi-bin/message/custom/send"] = Answer(b"<html>bad gateway</html>", status, {})
    with pytest.raises(errors.WeChatError) as caught:
        clients.official_account().send_text(openid="o1", text="a")
    assert caught.value.unknown_outcome and caught.value.http_status == status


@pytest.mark.parametrize("status", [403, 404, 302])
def test_other_statuses_are_errors_too(api, status):
    api.results["/cgi-bin/message/custom/send"] = Answer(b"{}", status)
    with pytest.raises(errors.WeChatError) as caught:
        clients.official_account().send_text(openid="o1", text="a")
    assert caught.value.code == f"HTTP_{status}"


def test_wechatpys_own_groups_go_over_our_wire(api, known):
    """Tags, menus and the rest: their hosts are named in wechatpy's code."""
    api.results["/cgi-bin/tags/create"] = {"tag": {"id": 7, "name": "老客"}}
    assert clients.official_account().tag.create("老客") == {"id": 7, "name": "老客"}
    api.results["/wxa/msg_sec_check"] = {"errcode": 40001, "errmsg": "invalid credential"}
    with pytest.raises(errors.WeChatError):
        clients.mini_program().wxa.check_text_security("a")
    assert api.paths().count("/wxa/msg_sec_check") == 2


def test_wechatpy_may_not_reach_for_other_hosts(api):
    with pytest.raises(ValueError):
        clients.official_account().get("https://evil.example/cgi-bin/x")
    assert api.requests == []


def test_factories_keep_one_client_and_forget_it_with_its_settings(at_wire, settings):
    first = clients.official_account()
    assert clients.official_account() is first
    settings.WECHAT_OA_APPID = "wx-other"
    assert clients.official_account().appid == "wx-other"


@pytest.mark.parametrize("name", ["WECHAT_OA_APPID", "WECHAT_OA_SECRET"])
def test_factory_names_the_setting_that_is_empty(at_wire, settings, name):
    setattr(settings, name, "")
    with pytest.raises(errors.Misconfigured, match=name):
        clients.official_account()
