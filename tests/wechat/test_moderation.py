import json

import pytest

from tests.wechat.wire import Answer, answer
from wechat import moderation
from wechat.moderation import ModerationUnavailable, Verdict, check_image_async, check_text, split_text

PATH = "/wxa/msg_sec_check"


def judge(suggest, label=100):
    return {"errcode": 0, "result": {"suggest": suggest, "label": label}, "trace_id": "t1"}


def check(text="白瓷茶杯"):
    return check_text(openid="o1", text=text, scene=moderation.FORUM)


@pytest.mark.parametrize(("suggest", "label"), [("pass", 100), ("review", 20006), ("risky", 20001)])
def test_check_text_returns_wechats_verdict(api, suggest, label):
    api.results[PATH] = judge(suggest, label)
    assert check() == Verdict(suggest, label, "t1")
    body = api.requests[-1].json()
    assert (body["version"], body["openid"], body["scene"], body["content"]) == (2, "o1", 3, "白瓷茶杯")


def test_check_text_reads_the_result_and_not_the_errcode(api):
    """Version 2 answers errcode 0 for a risky text."""
    api.results[PATH] = judge("risky", 20002)
    assert check().suggest == "risky"


def test_check_text_takes_an_unknown_verdict_for_review(api):
    api.results[PATH] = judge("maybe")
    assert check().suggest == "review"
    api.results[PATH] = {"errcode": 0}
    assert check().suggest == "review"


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_check_text_of_nothing_asks_nobody(api, text):
    assert check(text).suggest == "pass"
    assert api.requests == []


def test_check_text_judges_a_long_text_by_its_worst_part(api):
    hand_out = api.reply

    def reply(request):
        if request.path != PATH:
            return hand_out(request)
        return answer(judge("review" if "末" in request.json()["content"] else "pass"))

    api.reply = reply
    assert check("茶" * 2600 + "末").suggest == "review"
    assert api.paths().count(PATH) == 2


def test_check_text_stops_at_the_first_risky_part(api):
    api.results[PATH] = judge("risky", 20001)
    check("茶" * 9000)
    assert api.paths().count(PATH) == 1


@pytest.mark.parametrize("length", [1, 49, 50, 2500, 2501, 4950, 4951, 10_000])
def test_split_text_loses_nothing_and_cuts_no_word_in_two(length):
    text = "".join(chr(0x4E00 + n % 5000) for n in range(length))
    parts = split_text(text)
    assert all(1 <= len(part) <= 2500 for part in parts)
    assert parts[0] + "".join(part[50:] for part in parts[1:]) == text
    for start in range(0, length - 50, 7):
        assert any(text[start : start + 50] in part for part in parts)


def test_split_text_refuses_what_nobody_bounded():
    with pytest.raises(ValueError):
        split_text("x" * 60_000)


@pytest.mark.parametrize(
    ("result", "permanent"),
    [({"errcode": -1}, False), ({"errcode": 45009}, False), ({"errcode": 61010}, True), (Answer(b"", 502), False)],
)
def test_checker_without_a_verdict_is_unavailable(api, result, permanent):
    api.results[PATH] = result
    with pytest.raises(ModerationUnavailable) as caught:
        check()
    assert (caught.value.permanent, caught.value.status) == (permanent, 503)


def test_checker_that_hangs_up_is_unavailable(api):
    hand_out = api.reply
    api.reply = lambda request: Answer(hang_up=True) if request.path == PATH else hand_out(request)
    with pytest.raises(ModerationUnavailable):
        check()


def test_check_image_async_returns_the_trace(api):
    api.results["/wxa/media_check_async"] = {"errcode": 0, "trace_id": "t9"}
    assert check_image_async(openid="o1", media_url="https://shop.example/media/a.jpg", scene=1) == "t9"
    assert api.requests[-1].json()["media_type"] == 2
    api.results["/wxa/media_check_async"] = {"errcode": 45009}
    with pytest.raises(ModerationUnavailable):
        check_image_async(openid="o1", media_url="https://shop.example/media/a.jpg", scene=1)


def test_by_any_asks_in_the_name_of_who_was_in_the_mini_program(api, settings):
    """Staff in the dashboard were not (61010), the reader was; then nobody else is asked for."""
    settings.WECHAT_MODERATION_OPENID = "operator"
    seen = {"reader"}

    def check(request):
        openid = json.loads(request.body)["openid"]
        asked.append(openid)
        if openid not in seen:
            return answer({"errcode": 61010, "errmsg": "code is expired"})
        return answer({"errcode": 0, "trace_id": "t", "result": {"suggest": "pass", "label": 100}})

    asked: list[str] = []
    usual = api.reply
    api.reply = lambda request: check(request) if request.path == "/wxa/msg_sec_check" else usual(request)
    verdict = moderation.check_text_by_any(openids=["staff", "", "reader"], text="您好", scene=moderation.FORUM)
    assert verdict.suggest == "pass" and asked == ["staff", "reader"]
    seen.clear()
    with pytest.raises(moderation.ModerationUnavailable):
        moderation.check_text_by_any(openids=["staff"], text="您好", scene=moderation.FORUM)
    assert asked[2:] == ["staff", "operator"]
