"""The addresses of api.mch.weixin.qq.com that the sandbox knows."""

from collections.abc import Callable

from starlette.routing import Route

from . import accounts, applyments, banks, combined, orders, refunds, sharing, transfers
from .protocol import endpoint


def _get(path: str, handler: Callable, **options: bool) -> Route:
    return Route(path, endpoint(handler, **options), methods=["GET"])


def _post(path: str, handler: Callable, **options: bool) -> Route:
    return Route(path, endpoint(handler, **options), methods=["POST"])


PARTNER = "/v3/pay/partner/transactions"
COMBINE = "/v3/combine-transactions"
SHARING = "/v3/ecommerce/profitsharing"
CAPITAL = "/v3/capital/capitallhh"
TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"

ROUTES = [
    _post(f"{PARTNER}/jsapi", orders.prepay),
    _get(f"{PARTNER}/out-trade-no/{{out_trade_no}}", orders.query_by_number),
    _get(f"{PARTNER}/id/{{transaction_id}}", orders.query_by_id),
    _post(f"{PARTNER}/out-trade-no/{{out_trade_no}}/close", orders.close),
    _post(f"{COMBINE}/jsapi", combined.prepay, old_spellings=True),
    _get(f"{COMBINE}/out-trade-no/{{combine_out_trade_no}}", combined.query, old_spellings=True),
    _post(f"{COMBINE}/out-trade-no/{{combine_out_trade_no}}/close", combined.close, old_spellings=True),
    _post("/v3/ecommerce/refunds/apply", refunds.apply),
    _get("/v3/ecommerce/refunds/id/{refund_id}", refunds.query_by_id),
    _get("/v3/ecommerce/refunds/out-refund-no/{out_refund_no}", refunds.query_by_number),
    _post(f"{SHARING}/orders", sharing.request),
    _get(f"{SHARING}/orders", sharing.query),
    _get(f"{SHARING}/orders/{{transaction_id}}/amounts", sharing.amounts),
    _post(f"{SHARING}/finish-order", sharing.finish),
    _post(f"{SHARING}/returnorders", sharing.give_back),
    _get(f"{SHARING}/returnorders", sharing.query_return),
    _post(f"{SHARING}/receivers/add", sharing.add_receiver),
    _post(f"{SHARING}/receivers/delete", sharing.delete_receiver),
    _post("/v3/ecommerce/applyments/", applyments.submit),
    _get("/v3/ecommerce/applyments/out-request-no/{out_request_no}", applyments.query_by_number),
    _get("/v3/ecommerce/applyments/{applyment_id}", applyments.query_by_id),
    _get("/v3/ecommerce/fund/balance/{sub_mchid}", accounts.balance),
    _post(TRANSFERS, transfers.create),
    _get(f"{TRANSFERS}/out-bill-no/{{out_bill_no}}", transfers.query_by_number),
    _get(f"{TRANSFERS}/transfer-bill-no/{{transfer_bill_no}}", transfers.query_by_id),
    _post(f"{TRANSFERS}/out-bill-no/{{out_bill_no}}/cancel", transfers.cancel, any_body=True),
    _get(f"{CAPITAL}/banks/personal-banking", banks.personal),
    _get(f"{CAPITAL}/banks/corporate-banking", banks.corporate),
    _get(f"{CAPITAL}/banks/{{bank_alias_code}}/branches", banks.branches),
    _get(f"{CAPITAL}/areas/provinces", banks.provinces),
    _get(f"{CAPITAL}/areas/provinces/{{province_code}}/cities", banks.cities),
    _get("/v3/certificates", accounts.certificates),
    Route("/v3/merchant/media/upload", accounts.upload_image, methods=["POST"]),
]
