"""Passive replies: what the platform's answer to a push puts on the phone."""

import re

from .. import envelope
from ..records import Person
from ..world import World
from . import messages

_CDATA = r"<{0}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{0}>"


def show(world: World, person: Person, account: str, reply: bytes) -> None:
    """Show a text reply, opening its encryption where it has one; other kinds only leave their name."""
    text = reply.decode(errors="replace")
    cipher = _element(text, "Encrypt")
    if cipher:
        try:
            text = envelope.decrypt(world.account(account), cipher).decode()
        except (ValueError, IndexError) as trouble:
            text = f"<MsgType>text</MsgType><Content>[无法解密的被动回复: {trouble}]</Content>"
    kind = _element(text, "MsgType")
    if kind:
        content = _element(text, "Content") if kind == "text" else f"[{kind}]"
        messages.deliver(world, person, account, "custom_text", "", text=content)


def _element(text: str, name: str) -> str:
    match = re.search(_CDATA.format(name), text, re.DOTALL)
    return match[1] if match else ""
