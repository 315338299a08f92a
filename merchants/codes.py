"""The writing of invite codes: 80 random bits in 16 characters that survive being read aloud."""

import secrets

from core.crypto import blind_index
from core.ids import ALPHABET

LENGTH = 16
GROUP = 4
# Crockford: what people write for what was printed.
LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1"})


def new_code() -> str:
    """ "7K3M-0QZX-…": 16 characters of 5 bits."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)).upper()
    return "-".join(text[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def digest_of(code: str) -> str:
    """What is kept of a code, however it was typed; of a text that can't be one, something that matches nothing."""
    plain = "".join(c for c in code[:64].lower() if c.isalnum()).translate(LOOKALIKES)
    return blind_index(f"invite code {plain}")
