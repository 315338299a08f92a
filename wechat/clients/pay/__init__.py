"""WeChat Pay for an e-commerce platform (电商收付通), APIv3 in public-key mode."""

from .applyments import COMPANY, INDIVIDUAL_SELLER, MICRO, SOLE_TRADER, Applyment, Applyments
from .banks import Bank, Banks, Branch
from .combined import CombinedPart, CombinedTransaction, CombinedTransactions
from .core import PayConfig
from .notifications import Notification, NotificationRefused, Notifications
from .profitsharing import ProfitSharing, Share, ShareResult, Split, SplitReturn
from .refunds import Refund, Refunds
from .transactions import Transaction, Transactions


class WeChatPay(Transactions, CombinedTransactions, Refunds, ProfitSharing, Applyments, Banks, Notifications):
    """Every call raises `wechat.errors.WeChatError`. No method changes what it is given."""


__all__ = [
    "COMPANY",
    "INDIVIDUAL_SELLER",
    "MICRO",
    "SOLE_TRADER",
    "Applyment",
    "Bank",
    "Branch",
    "CombinedPart",
    "CombinedTransaction",
    "Notification",
    "NotificationRefused",
    "PayConfig",
    "Refund",
    "Share",
    "ShareResult",
    "Split",
    "SplitReturn",
    "Transaction",
    "WeChatPay",
]
