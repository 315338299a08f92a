"""Every write of accounts. See the modules for arguments and errors."""

from .addresses import remove_address, save_address
from .consents import grant_consent, withdraw_consent
from .erasure import erase_person, export_person, request_erasure
from .passwords import set_password_login
from .people import bind_identity, close_account, person_for_openid, record_rights, reopen_account, set_following
from .profile import set_phone, update_profile
from .second_factor import confirm_enrolment, reset_second_factor, start_enrolment, verify_second_factor
from .sessions import SignedIn, digest, issue_token, sign_in_with_wechat, sign_out, sign_out_everywhere
from .web_login import finish_login, login_qr, scan_login, start_login

__all__ = [
    "SignedIn",
    "bind_identity",
    "close_account",
    "confirm_enrolment",
    "digest",
    "erase_person",
    "export_person",
    "finish_login",
    "grant_consent",
    "issue_token",
    "login_qr",
    "person_for_openid",
    "record_rights",
    "remove_address",
    "reopen_account",
    "request_erasure",
    "reset_second_factor",
    "save_address",
    "scan_login",
    "set_following",
    "set_password_login",
    "set_phone",
    "sign_in_with_wechat",
    "sign_out",
    "sign_out_everywhere",
    "start_enrolment",
    "start_login",
    "update_profile",
    "verify_second_factor",
    "withdraw_consent",
]
