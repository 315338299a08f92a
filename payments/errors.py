from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError


class PaymentMismatch(DomainError):
    """What WeChat says was paid is not what we asked for: amount, merchant or app. Nothing moves; ops look."""

    code = "payment_mismatch"
    title = _("This payment does not match what was asked for")


class UnknownPayment(DomainError):
    """A verified message speaks of a number that we never gave out."""

    code = "payment_unknown"
    title = _("There is no such payment")


class NotPayable(Conflict):
    code = "not_payable"
    title = _("This can no longer be paid; place the order again")


class AlreadyPaid(Conflict):
    code = "already_paid"
    title = _("This has been paid already")


class NotRefundable(Conflict):
    code = "not_refundable"
    title = _("This payment cannot be refunded any more")


class NotSplittable(Conflict):
    code = "not_splittable"
    title = _("The money of this payment is not there to be released")


class PayUnavailable(DomainError):
    """WeChat Pay did not answer, or not usably. The same request again is safe."""

    code = "wechat_pay_unavailable"
    status = 503
    title = _("WeChat Pay does not answer; try again in a moment")


class PayRefused(DomainError):
    """WeChat Pay said no for good. `wechat_code` is its reason."""

    code = "wechat_pay_refused"
    status = 502
    title = _("WeChat Pay did not accept this payment; ask the shop")
