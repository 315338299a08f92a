"""Money as WeChat tells it, without WeChat: what every test needs that is not about the wire."""

from itertools import count

from django.utils import timezone

from orders.models import Order
from payments import services
from payments.models import Payment, Refund
from tests.orders.factories import make_order
from wechat.clients.pay import Notification

numbers = count(1)


def told_paid(payment: Payment, **changes) -> Payment:
    """WeChat says that it was paid."""
    facts = {
        "out_trade_no": payment.out_trade_no,
        "transaction_id": payment.transaction_id or f"42000{payment.pk:023d}",
        "amount_fen": payment.amount_fen,
        "sub_mchid": payment.sub_merchant.sub_mchid,
        "paid_at": timezone.now(),
    }
    return services.confirm_paid(**{**facts, **changes})


def told_refunded(refund: Refund) -> None:
    services.confirm_refunded(refund=refund, refund_id=f"50300{refund.pk}", succeeded_at=timezone.now())


def make_paid_order(**changes) -> Order:
    order = make_order(**changes)
    told_paid(order.payment)
    return fresh(order)


def fresh(order: Order) -> Order:
    """The order as it is now, with what belongs to it."""
    return Order.objects.select_related("buyer", "shop__merchant", "payment__sub_merchant").get(pk=order.pk)


def pay_notification(payment: Payment, settings, **changes) -> Notification:
    """A verified notification of a payment, as wechat's view hands it over. `changes` go into its content."""
    resource = {
        "sp_appid": settings.WECHAT_PAY_SP_APPID,
        "sp_mchid": settings.WECHAT_PAY_SP_MCHID,
        "sub_mchid": payment.sub_merchant.sub_mchid,
        "out_trade_no": payment.out_trade_no,
        "transaction_id": f"42000{payment.pk:023d}",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-21T20:16:00+08:00",
        "payer": {"sp_openid": "openid"},
        "amount": {"total": payment.amount_fen, "payer_total": payment.amount_fen, "currency": "CNY"},
    }
    resource = {name: value for name, value in {**resource, **changes}.items() if value is not None}
    return Notification(f"notice-{next(numbers)}", "TRANSACTION.SUCCESS", "", "transaction", "", resource, "pay")
