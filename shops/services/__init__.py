"""Every write of the shops app."""

from .blocks import block, forget_blocks, unblock
from .images import add_image, order_images, remove_image
from .imports import run_import, start_import
from .pictures import conclude_picture, conclude_trace, screen_picture
from .products import SkuDraft, create_product, refresh_category, refresh_product, update_product
from .publishing import conclude_screening, publish, screen_product, take_down, withdraw
from .reindexing import reindex, reindex_products
from .shops import create_shop, resume_questions, set_taking_questions, update_shop
from .stock import count_sold, return_stock, take_stock

__all__ = [
    "SkuDraft",
    "add_image",
    "block",
    "conclude_picture",
    "conclude_screening",
    "conclude_trace",
    "count_sold",
    "create_product",
    "create_shop",
    "forget_blocks",
    "order_images",
    "publish",
    "refresh_category",
    "refresh_product",
    "reindex",
    "reindex_products",
    "remove_image",
    "resume_questions",
    "return_stock",
    "run_import",
    "screen_picture",
    "screen_product",
    "set_taking_questions",
    "start_import",
    "take_down",
    "take_stock",
    "unblock",
    "update_product",
    "update_shop",
    "withdraw",
]
