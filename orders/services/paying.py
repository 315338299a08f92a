"""From the buyer's tap to the paid order: prepay, and the handlers that payments calls (PAYMENT_HANDLERS)."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User, WeChatIdentity
from accounts.selectors import identity
from core import audit
from core.prepared import Prepared
from payments import services as payments
from payments.errors import AlreadyPaid, NotPayable
from payments.models import Payment, Refund, Split
from shops import services as shops

from .. import notices
from ..errors import NoWeChatIdentity, OrderNotInState
from ..models import Order
from ..signals import order_paid, order_refunded
from ..transitions import move

Status = Order.Status
# All of an order but the address; of the people around it what a notice needs. The rest is read if somebody asks.
ORDER = [field.name for field in Order._meta.concrete_fields if field.name != "address"]
PERSON = ["public_id", "nickname"]
SHOP = ["public_id", "name", "merchant"]


def prepay_order(*, order: Order, user: User) -> dict[str, str]:
    """What the buyer's client hands to wx.requestPayment. Not inside a transaction.

    Raises:
        NoWeChatIdentity: the person never signed in to the mini-program.
        NotPayable, AlreadyPaid, PayUnavailable, PayRefused: see payments.services.prepay.
    """
    if order.status != Status.UNPAID:
        raise NotPayable if order.status == Status.CANCELLED else AlreadyPaid
    wechat_identity = identity(user, WeChatIdentity.Kind.MINI_PROGRAM)
    if wechat_identity is None:
        raise NoWeChatIdentity
    return payments.prepay(payment=order.payment, openid=wechat_identity.openid)


def cancel_order(*, order: Order, by: User) -> Order:
    """Give an unpaid order up: closed at WeChat first, then here. A repeat is a quiet no-op. Not inside a transaction.

    Raises:
        AlreadyPaid: the buyer's money was faster; the order is paid now and can be refunded.
        OrderNotInState: too late to cancel.
        PayUnavailable: WeChat did not answer; the same again is safe.
    """
    if order.status == Status.CANCELLED:
        return order
    if order.status != Status.UNPAID:
        raise OrderNotInState(status=order.status)
    payment = payments.close_payment(payment=order.payment)
    if payment.status == Payment.Status.PAID:
        raise AlreadyPaid
    audit.record(actor=by, action="orders.cancelled", target=order)
    order.refresh_from_db(fields=["status", "closed_at"])
    return order


@transaction.atomic(savepoint=False)
def confirm_payment(*, payment: Payment) -> None:
    """The order's money arrived; called once, inside the transaction that says so."""
    order = _order_of(payment)
    if not move(order, Status.PAID, paid_at=payment.paid_at):
        # Cannot be while orders close only with their payment; if it ever is, nobody's money stays on a dead order.
        payments.refund_in_full(payment=payment, key=payments.LATE, reason="订单已关闭，款项自动退回")
        return
    order_paid.send(sender=Order, order=order)
    notices.tell_shop_paid(order)
    # After the conversation, as in place_order: the same buyer may be placing another order this moment.
    shops.count_sold(lines=_lines(order))


@transaction.atomic(savepoint=False)
def confirm_closed(*, payment: Payment) -> None:
    """Nobody paid in time, or the buyer gave up: the goods go back on the shelf."""
    order = _order_of(payment)
    if move(order, Status.CANCELLED, closed_at=timezone.now()):
        shops.return_stock(lines=_lines(order), sold=False)


@transaction.atomic(savepoint=False)
def confirm_refund(*, payment: Payment, refund: Refund) -> None:
    """The buyer has the money back. Goods that never left the shop go back on the shelf."""
    order = _order_of(payment)
    if move(order, Status.REFUNDED, closed_at=timezone.now()):
        order_refunded.send(sender=Order, order=order)
        if order.shipped_at is None:
            shops.return_stock(lines=_lines(order), sold=True)
    notices.tell_buyer_refunded(order, refund.amount_fen)


@transaction.atomic(savepoint=False)
def confirm_split(*, payment: Payment, split: Split) -> None:
    """The merchant has its money."""
    move(_order_of(payment), Status.SETTLED, settled_at=timezone.now())


def _order_of(payment: Payment) -> Order:
    return _paid_for.first(payment_id=payment.pk)


@Prepared(payment_id=int)
def _paid_for(payment_id):
    orders = Order.objects.select_related("buyer", "shop").filter(payment=payment_id).order_by()
    return orders.only(*ORDER, *(f"buyer__{name}" for name in PERSON), *(f"shop__{name}" for name in SHOP))


def _lines(order: Order) -> list[tuple[int, int]]:
    return [(line.sku_id, line.quantity) for line in order.goods]
