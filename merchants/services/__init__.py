"""Every write of merchants. See the modules for arguments and errors."""

from .account import tell_account
from .applications import FACTS, add_document, remove_document, save_application, start_application, submit_application
from .erasure import forget_applicant
from .invites import check_code, issue_codes, revoke_batch
from .operations import add_member, reopen_merchant, set_fee_rate, suspend_merchant
from .review import open_merchant, review_application
from .staff import change_role, invite_staff, rebind_staff, remove_staff, scan_staff_binding

__all__ = [
    "FACTS",
    "add_document",
    "add_member",
    "change_role",
    "check_code",
    "forget_applicant",
    "invite_staff",
    "issue_codes",
    "open_merchant",
    "rebind_staff",
    "remove_document",
    "remove_staff",
    "reopen_merchant",
    "review_application",
    "revoke_batch",
    "save_application",
    "scan_staff_binding",
    "set_fee_rate",
    "start_application",
    "submit_application",
    "suspend_merchant",
    "tell_account",
]
