import json
import xml.etree.ElementTree as ET

import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from tests.sandbox.receiver import Receiver


@pytest.fixture
def platform(sandbox):
    one = Receiver()
    sandbox.call_back(one.url)
    yield one
    sandbox.call_back("")
    one.close()


def opened(request, account):
    """What wechatpy, which knows nothing of the sandbox, reads in an encrypted push."""
    query = request["query"]
    crypto = WeChatCrypto(account.token, account.aes_key, account.appid)
    return crypto.decrypt_message(request["body"], query["msg_signature"], query["timestamp"], query["nonce"])


def test_follow_is_pushed_encrypted_as_xml(sandbox, platform):
    person = sandbox.person("阿青")
    sandbox.deliver()
    [request] = platform.requests
    account = sandbox.credentials.official_account
    query = request["query"]
    check_signature(account.token, query["signature"], query["timestamp"], query["nonce"])
    message = ET.fromstring(opened(request, account))  # noqa: S314 (our own)
    assert (message.findtext("Event"), message.findtext("FromUserName")) == ("subscribe", person.oa_openid)
    assert message.findtext("ToUserName") == account.original_id
    assert person.oa_openid.encode() not in request["body"]


def test_plain_push_is_readable(sandbox, platform):
    sandbox.configure(push_encrypted=False)
    person = sandbox.person("阿青")
    sandbox.deliver()
    [request] = platform.requests
    assert "encrypt_type" not in request["query"]
    assert ET.fromstring(request["body"]).findtext("FromUserName") == person.oa_openid  # noqa: S314 (our own)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_mini_program_pushes_in_the_chosen_form(sandbox, platform, buyer, form):
    sandbox.configure(mini_push_format=form, push_encrypted=False)
    buyer.write("在吗", account="service")
    sandbox.deliver()
    [request] = platform.requests
    assert request["path"] == "/wechat/callback/mini-program/"
    body = request["body"]
    text = json.loads(body)["Content"] if form == "json" else ET.fromstring(body).findtext("Content")  # noqa: S314
    assert text == "在吗"
    sandbox.configure(mini_push_format="json")


def test_encrypted_json_opens_with_wechatpy(sandbox, platform, buyer):
    buyer.write("你好", account="service")
    sandbox.deliver()
    account = sandbox.credentials.mini_program
    wrapped = json.loads(platform.requests[0]["body"])
    assert set(wrapped) == {"ToUserName", "Encrypt"}
    request = platform.requests[0] | {"body": wrapped}
    assert json.loads(opened(request, account))["Content"] == "你好"


def test_unanswered_push_comes_three_times_more(sandbox, platform):
    platform.usual = (500, b"")
    sandbox.person("阿青")
    sandbox.deliver()
    for _ in range(5):
        sandbox.advance(6)
        sandbox.deliver()
    assert len(platform.requests) == 4
    assert sandbox.deliveries()[0]["state"] == "given up"


@pytest.mark.parametrize("answer", [b"success", b"", b"<xml></xml>"])
def test_answer_that_wechat_understands_ends_it(sandbox, platform, answer):
    platform.usual = (200, answer)
    sandbox.person("阿青")
    sandbox.deliver()
    assert sandbox.deliveries()[0]["state"] == "done"


def test_answer_that_wechat_does_not_understand_brings_it_again(sandbox, platform):
    platform.usual = (200, b"OK")
    sandbox.person("阿青")
    sandbox.deliver()
    assert sandbox.deliveries()[0]["state"] == "waiting"


def test_passive_reply_appears_on_the_phone(sandbox, platform):
    person = sandbox.person("阿青")
    sandbox.deliver()
    account = sandbox.credentials.official_account
    text = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好，在的]]></Content></xml>"
    cipher = WeChatCrypto(account.token, account.aes_key, account.appid).encrypt_message(text, "nonce", "1790000000")
    platform.answers = [(200, cipher.encode()), (200, text.encode())]
    for words in ("在吗", "还在吗"):
        person.write(words)
        sandbox.deliver()
    assert [message["text"] for message in person.messages()] == ["在吗", "你好，在的", "还在吗", "你好，在的"]


def test_url_check_wants_the_echo(sandbox, platform):
    platform.usual = (200, b"ECHO")
    assert sandbox.post("/control/callbacks/verify") == {"oa": "ok", "mini": "ok"}
    platform.usual = (200, b"success")
    assert sandbox.post("/control/callbacks/verify")["oa"] == "HTTP 200, not the echostr"


def test_forged_push_fails_its_signature(sandbox, platform):
    platform.answers = [(403, b"")]
    sandbox.fault("notice_forged", "subscribe")
    sandbox.person("阿青")
    sandbox.deliver()
    bad, good = platform.requests
    account = sandbox.credentials.official_account
    with pytest.raises(Exception, match="Invalid signature"):
        opened(bad, account)
    assert "subscribe" in opened(good, account)
