"""Opaque ids for everything shown outside: nothing can be counted or guessed from them."""

import base64
import os

# Crockford's alphabet: no I, L, O, U, so an id survives being read aloud.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 20
FROM_RFC_4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())


def public_id() -> str:
    """100 random bits in 20 characters."""
    return base64.b32encode(os.urandom(13))[:LENGTH].translate(FROM_RFC_4648).decode()
