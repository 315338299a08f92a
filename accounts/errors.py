from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError, Forbidden, Invalid


class WeChatCodeInvalid(Invalid):
    """wx.login's or getPhoneNumber's code is unknown, expired or was used."""

    code = "wechat_code_invalid"
    title = _("WeChat no longer knows this sign-in; try once more")


class WeChatUnavailable(DomainError):
    code = "wechat_unavailable"
    status = 503
    title = _("WeChat cannot be reached; try again in a moment")


class AccountDisabled(Forbidden):
    code = "account_disabled"
    title = _("This account is closed")


class AddressInvalid(Invalid):
    code = "address_invalid"
    title = _("Please check the address")


class TooManyAddresses(Conflict):
    code = "too_many_addresses"
    title = _("You have 20 addresses; remove one first")


class LoginTicketInvalid(Conflict):
    """Unknown, expired, used, or another browser's: never told apart."""

    code = "login_ticket_invalid"
    title = _("This code has expired; refresh the page and scan again")


class SecondFactorInvalid(Invalid):
    code = "second_factor_invalid"
    title = _("That code is not right; look at the app again")


class UsernameTaken(Invalid):
    code = "username_taken"
    title = _("This user name is taken")
