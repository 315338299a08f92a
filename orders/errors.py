from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class BadLines(Invalid):
    code = "order_lines"
    title = _("Choose 1 to 20 goods of one shop, 1 to 999 of each")


class BadQuote(Invalid):
    code = "quote_invalid"
    title = _("This offer does not add up")


class QuoteExpired(Conflict):
    code = "quote_expired"
    title = _("This offer has run out; ask the shop for a new one")


class QuoteWithdrawn(Conflict):
    code = "quote_withdrawn"
    title = _("The shop took this offer back; ask for a new one")


class ProductUnavailable(Conflict):
    code = "product_unavailable"
    title = _("This is no longer on sale")


class ShopCannotSell(Conflict):
    code = "shop_cannot_sell"
    title = _("This shop cannot take orders at the moment")


class OrderStillOpen(Conflict):
    """An account cannot be erased while money or goods are on their way."""

    code = "order_still_open"
    title = _("An order is still open; wait until it has arrived, or cancel it, and then close the account")


class PriceChanged(Conflict):
    """Extra member: `total_fen`, what it costs now."""

    code = "price_changed"
    title = _("The price has changed; look again before you order")


class OrderNotInState(Conflict):
    """Extra member: `status`, where the order is now."""

    code = "order_not_in_state"
    title = _("The order is not in a state that allows this; look again")


class BadShipment(Invalid):
    code = "shipment_invalid"
    title = _("Please check carrier and tracking number")


class NoWeChatIdentity(Conflict):
    code = "no_wechat_identity"
    title = _("Sign in with WeChat to pay")
