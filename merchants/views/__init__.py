from .application import application, apply, bank, document, documents, facts, remove_document, submit
from .dashboard import enter, switch
from .staff import binding, change_role, invite, rebind, remove, staff

__all__ = [
    "application",
    "apply",
    "bank",
    "binding",
    "change_role",
    "document",
    "documents",
    "enter",
    "facts",
    "invite",
    "rebind",
    "remove",
    "remove_document",
    "staff",
    "submit",
    "switch",
]
