"""What a card in a conversation shows, frozen when it is sent. Only ids lead back to live rows."""

from orders.models import Order, Quote
from shops.models import Product


def product_card(product: Product) -> dict:
    return {
        "product_id": product.public_id,
        "title": product.title,
        "price_fen": product.price_from_fen,
        "cover": product.cover,
    }


def quote_card(quote: Quote) -> dict:
    lines = [
        {
            "sku_id": line.sku.public_id,
            "product_id": line.sku.product.public_id,
            "title": line.sku.product.title,
            "sku_name": line.sku.name,
            "cover": line.sku.product.cover,
            "quantity": line.quantity,
            "price_fen": line.price_fen,
        }
        for line in quote.lines.select_related("sku__product")
    ]
    return {
        "quote_id": quote.public_id,
        "title": lines[0]["title"],
        "cover": lines[0]["cover"],
        "lines": lines,
        "shipping_fen": quote.shipping_fen,
        "total_fen": quote.total_fen,
        "promises": quote.promises,
        "note": quote.note,
        "valid_until": quote.valid_until.isoformat(),
    }


def order_card(order: Order) -> dict:
    line = order.goods[0]
    return {
        "order_id": order.public_id,
        "title": line.title,
        "cover": line.cover,
        "total_fen": order.total_fen,
        "status": order.status,
    }
