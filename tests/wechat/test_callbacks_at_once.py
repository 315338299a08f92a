"""WeChat repeats a push while we are still busy with the first."""

import threading
import time

import pytest
from django.db import connection

from wechat import callbacks, services
from wechat.models import CallbackReceipt
from wechat.signals import official_account_event

pytestmark = pytest.mark.django_db(transaction=True)

PUSH = callbacks.Push(
    {"FromUserName": "o1", "CreateTime": "1", "MsgType": "event", "Event": "SCAN", "EventKey": "login:good"}, True
)
TO = callbacks.CallbackAccount("wx1", "token", "")
calls: list[str] = []


def slow_handler(*, token, openid, unionid, event):
    time.sleep(0.3)
    calls.append(token)
    return "已登录"


@pytest.fixture(autouse=True)
def configured(api, heard, settings):
    calls.clear()
    settings.WECHAT_SCENE_HANDLERS = {"login": f"{__name__}.slow_handler"}


def test_eight_repetitions_at_once_reach_the_handler_once():
    answers, barrier = [], threading.Barrier(8)

    def receive():
        try:
            barrier.wait()
            answers.append(services.receive_push(to=TO, push=PUSH, signal=official_account_event))
        finally:
            connection.close()

    threads = [threading.Thread(target=receive) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["good"]
    assert answers == ["已登录"] * 8
    assert CallbackReceipt.objects.count() == 1
