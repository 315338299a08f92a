"""What an operator would have set up by hand on WeChat's pages: message templates, quotas, banks.

Template ids that begin with `sandbox-` need no entry: the first message that uses one registers it
with the keys it brought, so that an installation can name its own (README.md).
"""

from .records import Template

TEMPLATES = [
    Template(
        "Zr3xQ8mWvT1kP5uJ7cYbN2sLdE9hGfA4oRiXwB6tVqM",
        "template",
        "新问题提醒",
        [["thing1", "问题"], ["amount2", "预算"], ["time3", "截止时间"]],
    ),
    Template(
        "k7YpD2nRqH9fXcV4tLwG6zMbS1jUeA8oWiK3rTxQ5vE",
        "subscribe",
        "收到新回答",
        [["thing1", "问题"], ["number2", "回答数"], ["time3", "时间"]],
    ),
]
# Titles and field labels of the templates that an installation without a real account names itself.
OPEN_TITLES = {
    "invitation": ("有人问你的店", ["问题", "预算", "截止时间"]),
    "adopted": ("你的回答被选中", ["问题", "店铺"]),
    "order_paid": ("订单已付款", ["订单号", "商品", "金额"]),
    "staff_message": ("顾客发来消息", ["顾客", "内容", "时间"]),
    "application_reviewed": ("入驻审核结果", ["店铺", "结果", "说明"]),
    "account_changed": ("收款账户进度", ["店铺", "结果", "说明"]),
    "answer_arrived": ("收到新回答", ["问题", "店铺", "回答数"]),
    "no_answer": ("还没有店回答", ["问题", "提示"]),
    "order_shipped": ("商家已发货", ["商品", "快递公司", "快递单号"]),
    "order_refunded": ("退款已到账", ["商品", "金额"]),
    "message": ("店家发来消息", ["店家", "内容", "时间"]),
}
OPEN_TEMPLATE_PREFIX = "sandbox-"

# Calls a day for one account, and where known a minute. Sources in README.md.
DAILY_LIMITS = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/subscribe/send": 10_000_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/user/info": 5_000_000,
    "/wxa/generate_urllink": 500_000,
    "/wxa/msg_sec_check": 2_000_000,
    "/wxa/media_check_async": 200_000,
}
MINUTE_LIMITS = {
    "/cgi-bin/stable_token": 10_000,
    "/wxa/getwxacodeunlimit": 5_000,
    "/wxa/msg_sec_check": 4_000,
    "/wxa/media_check_async": 2_000,
}

# Words that the content check of this sandbox objects to: word -> (suggest, label).
RISKY_WORDS = {
    "违禁测试": ("risky", 20012),
    "加微信转账": ("risky", 20008),
    "待审测试": ("review", 20001),
}
