import json
import logging

import pytest

from weixuan.logs import JsonFormatter, Redact, redact


@pytest.mark.parametrize(
    "text",
    [
        "access_token=78_SECRET&x=1",
        '{"session_key": "SECRET"}',
        "Authorization: Bearer SECRET",
        'Authorization: WECHATPAY2-SHA256-RSA2048 mchid="1",signature="SECRET"',
        "redis://:SECRET@cache:6379/0",
        "postgres://weixuan:SECRET@db/weixuan",
        "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_are_redacted(text):
    assert "SECRET" not in redact(text)


@pytest.mark.parametrize(
    "text", ["13812345678", "+8613812345678", "11010119900307721X", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"]
)
def test_peoples_data_is_redacted(text):
    assert text not in redact(f"refused for {text}.")


@pytest.mark.parametrize("text", ["order 20261121000123456 paid", "took 13812 ms", "question q_7hd8s2k1 dispatched"])
def test_ids_and_figures_stay(text):
    assert redact(text) == text


def test_a_record_is_one_json_line_with_its_redacted_error():
    try:
        raise ValueError("phone 13812345678")
    except ValueError as error:
        record = logging.LogRecord("shop", logging.ERROR, "f.py", 1, "order %s", (7,), (type(error), error, None))
    record.event_kind = "orders.expire"
    assert Redact().filter(record)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["message"], told["level"], told["event_kind"]) == ("order 7", "ERROR", "orders.expire")
    assert "ValueError" in told["error"]
    assert "13812345678" not in line


def test_a_records_own_fields_are_redacted_all_through():
    record = logging.LogRecord("shop", logging.INFO, "f.py", 1, "called", (), None)
    record.data = {"args": ["13812345678", 3], "session_key": "abc", "count": 2}
    told = json.loads(JsonFormatter().format(record))
    assert told["data"] == {"args": ["[redacted]", 3], "session_key": "[redacted]", "count": 2}
