"""Opaque ids for everything shown outside: nothing can be counted or guessed from them."""

import secrets

# Crockford's alphabet: no I, L, O, U, so an id survives being read aloud.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 20


def public_id() -> str:
    """100 random bits in 20 characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
