"""One line of a message for lists of conversations. Kept in parts (core.wording)."""

from typing import Any

from core import wording

from .models import Message

LONGEST = 60


def parts(message: Message) -> dict[str, Any]:
    return {
        "code": "chat.preview",
        "kind": message.kind,
        "text": message.text[:LONGEST],
        "title": message.card.get("title", ""),
        "note": message.note,
    }


def words(kept: dict[str, Any]) -> str:
    if said := kept["text"] or wording.said(kept["note"]):
        return said[:LONGEST]
    return f"[{Message.Kind(kept['kind']).label}] {kept['title']}".strip()[:LONGEST]
