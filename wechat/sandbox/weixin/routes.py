"""The addresses of api.weixin.qq.com and mp.weixin.qq.com that the sandbox knows."""

from starlette.routing import Route

from . import codes, login, messages, security, shipping, tokens
from .protocol import endpoint

GET, POST = ["GET"], ["POST"]
MINI, OFFICIAL = ("mini",), ("oa",)

ROUTES = [
    Route("/cgi-bin/token", endpoint(tokens.token, token=False), methods=GET),
    Route("/cgi-bin/stable_token", endpoint(tokens.stable_token, token=False), methods=POST),
    Route("/cgi-bin/openapi/quota/get", endpoint(tokens.get_quota), methods=POST),
    Route("/cgi-bin/clear_quota", endpoint(tokens.clear_quota), methods=POST),
    Route("/sns/jscode2session", endpoint(login.jscode2session, token=False), methods=GET),
    Route("/wxa/business/getuserphonenumber", endpoint(login.phone_number, accounts=MINI), methods=POST),
    Route("/cgi-bin/message/subscribe/send", endpoint(messages.subscribe_send, accounts=MINI), methods=POST),
    Route("/cgi-bin/message/template/send", endpoint(messages.template_send, accounts=OFFICIAL), methods=POST),
    Route("/cgi-bin/message/custom/send", endpoint(messages.custom_send), methods=POST),
    Route("/cgi-bin/qrcode/create", endpoint(codes.create, accounts=OFFICIAL), methods=POST),
    Route("/cgi-bin/showqrcode", codes.show, methods=GET),
    Route("/cgi-bin/user/info", endpoint(codes.user_info, accounts=OFFICIAL), methods=GET),
    Route("/wxa/getwxacodeunlimit", endpoint(codes.mini_code, accounts=MINI), methods=POST),
    Route("/wxa/generate_urllink", endpoint(codes.url_link, accounts=MINI), methods=POST),
    Route("/wxa/msg_sec_check", endpoint(security.msg_sec_check, accounts=MINI), methods=POST),
    Route("/wxa/media_check_async", endpoint(security.media_check_async, accounts=MINI), methods=POST),
    Route("/wxa/sec/order/upload_shipping_info", endpoint(shipping.upload, accounts=MINI), methods=POST),
    Route("/wxa/sec/order/get_order", endpoint(shipping.get_order, accounts=MINI), methods=POST),
    Route(
        "/wxa/sec/order/notify_confirm_receive", endpoint(shipping.notify_confirm_receive, accounts=MINI), methods=POST
    ),
    Route("/wxa/sec/order/is_trade_managed", endpoint(shipping.is_trade_managed, accounts=MINI), methods=POST),
]
