import threading

import pytest
import redis
from redis.lock import Lock

from tests.wechat.wire import Answer, answer
from wechat import clients, errors
from wechat.clients.tokens import TokenStore
from wechat.clients.transport import Transport

CALL = "/cgi-bin/message/template/send"


def send():
    return clients.official_account().send_template_message(openid="o1", template_id="t1", fields={"thing1": "茶杯"})


@pytest.fixture
def cold_start(api, settings):
    """Let sixteen ask at once, with a client and a Redis connection each, as sixteen processes would have."""
    fetches, hand_out, second = [], api.reply, threading.Event()
    seconds = 0.2

    def slowly(request):
        if request.path == "/cgi-bin/stable_token":
            fetches.append(request)
            if len(fetches) > 1:
                second.set()
            second.wait(seconds)
        return hand_out(request)

    api.reply = slowly

    def run(patience: float = seconds) -> tuple[list[str], int]:
        """`patience`: seconds for which the first to fetch is kept waiting for a second one."""
        nonlocal seconds
        seconds = patience
        seen, barrier = [], threading.Barrier(16)

        def ask():
            store = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
            tokens = TokenStore(appid="wx1", secret="s", transport=Transport(api.root), store=store)
            barrier.wait()
            seen.append(tokens.get())
            store.close()

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return seen, len(fetches)

    return run


def test_sixteen_cold_starts_fetch_one_token(cold_start):
    assert cold_start() == (["canary-token"] * 16, 1)


def test_sixteen_cold_starts_without_the_lock_fetch_many(cold_start, monkeypatch):
    """The race is real: this is what the lock prevents."""
    monkeypatch.setattr(Lock, "acquire", lambda self: True)
    monkeypatch.setattr(Lock, "release", lambda self: None)
    assert cold_start(patience=10)[1] > 1


def test_token_is_kept_for_its_life_less_five_minutes(api):
    api.results[CALL] = {"errcode": 0, "msgid": 1}
    send()
    tokens = clients.official_account().tokens
    assert 6800 < tokens._store.ttl(tokens._key) <= 6900


def test_token_is_asked_for_without_force(api):
    api.results[CALL] = {"errcode": 0, "msgid": 1}
    send()
    assert api.requests[0].method == "POST"
    assert api.requests[0].json()["force_refresh"] is False


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_refused_token_is_replaced_and_the_call_made_exactly_twice(api, errcode):
    """wechatpy made 977 requests here before its recursion ended."""
    api.results[CALL] = {"errcode": errcode, "errmsg": "invalid credential"}
    with pytest.raises(errors.WeChatError) as caught:
        send()
    assert caught.value.code == str(errcode) and not caught.value.permanent
    assert api.paths().count(CALL) == 2
    # WeChat gave the refused token again, so the second fetch was followed by a forced one.
    forced = [r.json()["force_refresh"] for r in api.requests if r.path == "/cgi-bin/stable_token"]
    assert forced == [False, False, True]


def test_refused_token_is_forced_at_most_once_a_minute(api):
    api.results[CALL] = {"errcode": 40001, "errmsg": "invalid credential"}
    for _ in range(4):
        with pytest.raises(errors.WeChatError):
            send()
    assert sum(r.json()["force_refresh"] for r in api.requests if r.path == "/cgi-bin/stable_token") == 1
    tokens = clients.official_account().tokens
    assert tokens._store.ttl(f"{tokens._key}:forced") > 30


def test_call_succeeds_with_the_new_token(at_wire):
    issued = iter(["old", "new"])

    def reply(request):
        if request.path == "/cgi-bin/stable_token":
            return answer({"access_token": next(issued), "expires_in": 7200})
        if request.query["access_token"] == "old":
            return answer({"errcode": 42001, "errmsg": "access_token expired"})
        return answer({"errcode": 0, "msgid": 7})

    at_wire.reply = reply
    assert send() == "7"
    assert send() == "7"
    assert at_wire.paths().count("/cgi-bin/stable_token") == 2


def test_token_replaced_by_another_process_is_not_fetched_again(api):
    tokens = clients.official_account().tokens
    tokens._store.set(tokens._key, "theirs")
    tokens.replace("ours")
    assert tokens.get() == "theirs"
    assert api.requests == []


def test_wrong_secret_is_a_configuration_error(at_wire):
    at_wire.reply = lambda request: answer({"errcode": 40125, "errmsg": "invalid appsecret rid: 1"})
    with pytest.raises(errors.WeChatError) as caught:
        send()
    assert caught.value.is_configuration and caught.value.permanent
    assert len(at_wire.requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"access_token": "x"}', b""])
def test_garbage_for_a_token_is_a_bad_reply(at_wire, body):
    at_wire.reply = lambda request: Answer(body)
    with pytest.raises(errors.WeChatError) as caught:
        send()
    assert caught.value.code == errors.BAD_REPLY


def test_silence_for_a_token_leaves_no_doubt_about_the_call(at_wire):
    """Or a message that never left would be marked as one of unknown outcome and never be sent."""
    at_wire.reply = lambda request: Answer(hang_up=True)
    with pytest.raises(errors.WeChatError) as caught:
        send()
    assert caught.value.code == errors.TIMEOUT
    assert not caught.value.unknown_outcome and not caught.value.permanent


def test_redis_out_of_reach_is_told(api, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(errors.WeChatError) as caught:
        send()
    assert caught.value.code == errors.STORE_DOWN and not caught.value.permanent
