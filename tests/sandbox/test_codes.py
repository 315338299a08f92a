import io

import pytest
from PIL import Image

from tests.wechat_sandbox import Refused

CREATE = "/cgi-bin/qrcode/create"


def scene(text, **more):
    return {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": text}}} | more


def pushed(sandbox):
    return [(item["event"], item["content"].get("EventKey")) for item in sandbox.deliveries()]


def test_scan_by_a_stranger_follows_first(sandbox, weixin, buyer):
    ticket = weixin("oa", "POST", CREATE, scene("login:abc"))["ticket"]
    assert buyer.scan(ticket) == {"event": "subscribe", "scene": "login:abc"}
    assert pushed(sandbox) == [("subscribe", "qrscene_login:abc")]
    info = weixin("oa", "GET", "/cgi-bin/user/info", openid=buyer.oa_openid)
    assert (info["subscribe"], info["qr_scene_str"], info["unionid"]) == (1, "login:abc", buyer.unionid)


def test_scan_by_a_follower_is_a_scan(sandbox, weixin):
    person = sandbox.person()
    answer = weixin("oa", "POST", CREATE, scene("staff:1"))
    assert person.scan(answer["url"])["event"] == "SCAN"
    assert pushed(sandbox) == [("subscribe", ""), ("SCAN", "staff:1")]


def test_declining_to_follow_tells_nobody(sandbox, weixin, buyer):
    ticket = weixin("oa", "POST", CREATE, scene("x"))["ticket"]
    assert buyer.scan(ticket, follow=False)["event"] == ""
    assert pushed(sandbox) == []


def test_code_lapses(sandbox, weixin, buyer):
    answer = weixin("oa", "POST", CREATE, scene("x", expire_seconds=60))
    sandbox.advance(61)
    with pytest.raises(Refused, match="过期"):
        buyer.scan(answer["ticket"])
    assert pushed(sandbox) == []


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (scene(""), 40053),
        (scene("x" * 65), 40053),
        (scene("x", expire_seconds=2_592_001), 40052),
        (scene("x", expire_seconds="60"), 40052),
        ({"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 0}}}, 40053),
        ({"action_name": "QR_NOTHING", "action_info": {"scene": {"scene_str": "x"}}}, 40051),
        ({"action_name": "QR_STR_SCENE"}, 40053),
    ],
)
def test_wrong_code_is_refused(weixin, body, errcode):
    assert weixin("oa", "POST", CREATE, body)["errcode"] == errcode


def test_picture_of_a_ticket(weixin):
    ticket = weixin("oa", "POST", CREATE, scene("x"))["ticket"]
    picture = weixin.http.get("/cgi-bin/showqrcode", params={"ticket": ticket})
    assert Image.open(io.BytesIO(picture.content)).format == "PNG"
    assert weixin.http.get("/cgi-bin/showqrcode", params={"ticket": "x"}).status_code == 404


def test_mini_program_code_opens_its_page(sandbox, weixin, buyer):
    body = {"scene": "s=42", "page": "pages/shop/index"}
    assert weixin("mini", "POST", "/wxa/getwxacodeunlimit", body).headers["content-type"] == "image/png"
    assert "pages/shop/index?scene=s=42" in buyer.scan("s=42")["opened"]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"scene": "x" * 33}, 40129),
        ({"scene": "中文"}, 40129),
        ({"scene": ""}, 40129),
        ({"scene": "x", "page": "/pages/x"}, 41030),
        ({"scene": "x", "page": "pages/unknown"}, 41030),
    ],
)
def test_wrong_mini_program_code_is_refused(sandbox, weixin, body, errcode):
    sandbox.configure(mini_pages=["pages/shop/index"])
    assert weixin("mini", "POST", "/wxa/getwxacodeunlimit", body)["errcode"] == errcode


def test_link_lives_thirty_days_at_most(weixin):
    body = {"path": "pages/shop/index", "query": "id=1", "expire_type": 1, "expire_interval": 30}
    assert weixin("mini", "POST", "/wxa/generate_urllink", body)["url_link"].startswith("http")
    assert weixin("mini", "POST", "/wxa/generate_urllink", body | {"expire_interval": 31})["errcode"] == 85401
    assert weixin("mini", "POST", "/wxa/generate_urllink", body | {"query": "x" * 1025})["errcode"] == 40212


def test_unknown_openid_has_no_info(weixin):
    assert weixin("oa", "GET", "/cgi-bin/user/info", openid="o-stranger")["errcode"] == 40003
