import base64

import pytest

from core import crypto


def test_what_is_encrypted_can_be_read_and_differs_each_time():
    first, second = crypto.encrypt("13800138000"), crypto.encrypt("13800138000")
    assert first != second
    assert "13800138000" not in first
    assert crypto.decrypt(first) == crypto.decrypt(second) == "13800138000"


def test_empty_stays_empty():
    assert crypto.encrypt("") == crypto.decrypt("") == crypto.blind_index("") == ""


def test_a_changed_text_is_refused():
    stored = crypto.encrypt("secret")
    raw = bytearray(base64.b64decode(stored[2:]))
    raw[-1] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        crypto.decrypt("1:" + base64.b64encode(raw).decode())


def test_another_key_reads_nothing(settings):
    stored, index = crypto.encrypt("secret"), crypto.blind_index("secret")
    settings.FIELD_ENCRYPTION_KEY = base64.b64encode(b"k" * 32).decode()
    with pytest.raises(ValueError, match="another key"):
        crypto.decrypt(stored)
    assert crypto.blind_index("secret") != index
