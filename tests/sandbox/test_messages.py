import pytest

SUBSCRIBE = "/cgi-bin/message/subscribe/send"
TEMPLATE = "/cgi-bin/message/template/send"
CUSTOM = "/cgi-bin/message/custom/send"
ANSWER = "k7YpD2nRqH9fXcV4tLwG6zMbS1jUeA8oWiK3rTxQ5vE"
QUESTION = "Zr3xQ8mWvT1kP5uJ7cYbN2sLdE9hGfA4oRiXwB6tVqM"


def values(**fields):
    return {name: {"value": value} for name, value in fields.items()}


def subscribe_body(person, **more):
    data = values(thing1="送爸爸的茶具", number2="3", time3="2026-11-21 20:16")
    return {
        "touser": person.mini_openid,
        "template_id": ANSWER,
        "page": "pages/question/index?id=1",
        "data": data,
    } | more


def template_body(person, **more):
    data = values(thing1="送爸爸的茶具", amount2="600元", time3="20:16")
    return {"touser": person.oa_openid, "template_id": QUESTION, "data": data} | more


@pytest.fixture
def follower(sandbox):
    return sandbox.person("阿青")


def test_one_tap_is_one_message(weixin, buyer):
    assert weixin("mini", "POST", SUBSCRIBE, subscribe_body(buyer))["errcode"] == 43101
    buyer.subscribe([ANSWER])
    assert weixin("mini", "POST", SUBSCRIBE, subscribe_body(buyer))["errcode"] == 0
    assert weixin("mini", "POST", SUBSCRIBE, subscribe_body(buyer))["errcode"] == 43101
    assert [message["title"] for message in buyer.messages()] == ["收到新回答"]


def test_rejected_request_gives_no_credit(weixin, buyer):
    assert buyer.subscribe([ANSWER], accept=False) == {ANSWER: "reject"}
    assert weixin("mini", "POST", SUBSCRIBE, subscribe_body(buyer))["errcode"] == 43101


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": "o-stranger"}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": "unknown"}, 40037),
        ({"template_id": QUESTION}, 40037),
        ({"page": "/pages/index"}, 41030),
        ({"page": "https://shop.example/"}, 41030),
        ({"data": None}, 47003),
        ({"data": values(thing1="x", number2="3")}, 47003),
        ({"data": values(thing1="", number2="3", time3="20:16")}, 47003),
        ({"data": values(thing1="茶" * 21, number2="3", time3="20:16")}, 47003),
        ({"data": values(thing1="两\n行", number2="3", time3="20:16")}, 47003),
        ({"data": values(thing1="x", number2="三", time3="20:16")}, 47003),
        ({"data": values(thing1="x", number2="3", time3="soon")}, 47003),
        ({"miniprogram_state": "beta"}, 40097),
    ],
)
def test_wrong_message_is_refused_and_costs_no_credit(weixin, buyer, change, errcode):
    buyer.subscribe([ANSWER])
    assert weixin("mini", "POST", SUBSCRIBE, subscribe_body(buyer, **change))["errcode"] == errcode
    assert buyer.messages() == []
    assert weixin("mini", "POST", SUBSCRIBE, subscribe_body(buyer))["errcode"] == 0


def test_errors_name_the_field(weixin, buyer):
    buyer.subscribe([ANSWER])
    body = subscribe_body(buyer, data=values(thing1="茶" * 21, number2="3", time3="20:16"))
    assert weixin("mini", "POST", SUBSCRIBE, body)["errmsg"].startswith("argument invalid! data.thing1.value invalid")


def test_template_message_needs_a_follower(weixin, follower):
    answer = weixin("oa", "POST", TEMPLATE, template_body(follower, url="https://shop.example/q/1"))
    assert answer["errcode"] == 0
    follower.unfollow()
    assert weixin("oa", "POST", TEMPLATE, template_body(follower))["errcode"] == 43004
    assert [message["link"] for message in follower.messages()] == ["https://shop.example/q/1"]


def test_mini_program_link_wins_over_the_url(sandbox, weixin, follower):
    mini = {"appid": sandbox.credentials.mini_program.appid, "pagepath": "pages/q/index?id=1"}
    body = template_body(follower, url="https://shop.example/", miniprogram=mini)
    assert weixin("oa", "POST", TEMPLATE, body)["errcode"] == 0
    [message] = follower.messages()
    assert message["open"].startswith("http://127.0.0.1:8000/b/pages/q/index?id=1&sandbox_person=")
    foreign = template_body(follower, miniprogram={"appid": "wx0", "pagepath": "x"})
    assert weixin("oa", "POST", TEMPLATE, foreign)["errcode"] == 40013
    wrong = template_body(follower, miniprogram=mini | {"pagepath": "/x"})
    assert weixin("oa", "POST", TEMPLATE, wrong)["errcode"] == 40165


def test_client_msg_id_makes_a_repeat_harmless(weixin, follower):
    body = template_body(follower, client_msg_id="q1-a")
    first, second = (weixin("oa", "POST", TEMPLATE, body)["msgid"] for _ in range(2))
    assert first == second
    assert len(follower.messages()) == 1


@pytest.mark.parametrize(
    ("cause", "status"),
    [("block", "failed:user block"), ("system_failed", "failed: system failed"), ("", "success")],
)
def test_outcome_is_pushed_afterwards(sandbox, weixin, follower, cause, status):
    if cause == "block":
        follower.block()
    elif cause:
        sandbox.fault(cause)
    msgid = weixin("oa", "POST", TEMPLATE, template_body(follower))["msgid"]
    event = next(item for item in sandbox.deliveries() if item["event"] == "TEMPLATESENDJOBFINISH")
    assert (event["content"]["MsgID"], event["content"]["Status"]) == (msgid, status)
    assert len(follower.messages()) == (1 if status == "success" else 0)


def test_named_sandbox_template_registers_itself(weixin, buyer):
    buyer.subscribe(["sandbox-anything"])
    body = subscribe_body(buyer, template_id="sandbox-anything", data=values(thing1="x", phrase2="已通过"))
    assert weixin("mini", "POST", SUBSCRIBE, body)["errcode"] == 0
    buyer.subscribe(["sandbox-other"])
    wrong = subscribe_body(buyer, template_id="sandbox-other", data=values(whatever="x"))
    assert weixin("mini", "POST", SUBSCRIBE, wrong)["errcode"] == 47003


def test_customer_message_needs_an_open_window(sandbox, weixin, buyer):
    body = {"touser": buyer.mini_openid, "msgtype": "text", "text": {"content": "在的"}}
    assert weixin("mini", "POST", CUSTOM, body)["errcode"] == 45015
    buyer.write("在吗", account="service")
    assert [weixin("mini", "POST", CUSTOM, body)["errcode"] for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    sandbox.advance(48 * 3600 + 1)
    assert weixin("mini", "POST", CUSTOM, body)["errcode"] == 45015
    assert [message["text"] for message in buyer.messages()] == ["在吗", *["在的"] * 5]


def test_following_opens_three_messages_for_a_minute(sandbox, weixin, follower):
    body = {"touser": follower.oa_openid, "msgtype": "text", "text": {"content": "欢迎"}}
    assert [weixin("oa", "POST", CUSTOM, body)["errcode"] for _ in range(4)] == [0, 0, 0, 45047]
    sandbox.advance(61)
    assert weixin("oa", "POST", CUSTOM, body)["errcode"] == 45015
