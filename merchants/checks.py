"""Numbers that carry a check digit, so that a typing error is found before a reviewer has to."""

import re
from datetime import date

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"


def is_licence_number(text: str) -> bool:
    """A 统一社会信用代码: 18 characters, the last a check of the others (GB 32100-2015)."""
    if len(text) != 18 or any(c not in USCC_ALPHABET for c in text):
        return False
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(text[:17]))
    return USCC_ALPHABET[-total % 31] == text[17]


def is_id_number(text: str) -> bool:
    """A 公民身份号码: 17 digits with a date of birth, and a check (GB 11643-1999, ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return ID_CHECK[sum(int(c) * w for c, w in zip(text[:17], ID_WEIGHTS, strict=True)) % 11] == text[17]


def is_bank_account(text: str) -> bool:
    """Digits only; company accounts follow no common check."""
    return bool(re.fullmatch(r"[0-9]{8,30}", text))
