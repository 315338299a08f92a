"""Settings: who is responsible for what an app below asks of an app above (docs/architecture.md, "Floors")."""

# Event kind -> the one function responsible for it (core.outbox).
OUTBOX_HANDLERS: dict[str, str] = {
    "accounts.erase": "accounts.services.erase_person",
    "payments.submit_applyment": "payments.services.submit_applyment",
    "payments.expire": "payments.services.expire_payment",
    "payments.refund": "payments.services.send_refund",
    "payments.split": "payments.services.send_split",
    "notifications.push": "notifications.services.deliver_push",
    "shops.import": "shops.services.run_import",
    "shops.screen_picture": "shops.services.screen_picture",
    "shops.screen_product": "shops.services.screen_product",
    "orders.upload_shipping": "orders.services.upload_shipping",
    "orders.auto_receive": "orders.services.receive_automatically",
    "orders.settle": "orders.services.settle_order",
    "chat.screen_message": "chat.services.screen_message",
    "qa.screen_question": "qa.services.screen_question",
    "qa.read_question": "qa.services.read_question",
    "qa.screen_answer": "qa.services.screen_answer",
    "qa.screen_prepared": "qa.services.screen_prepared",
    "qa.screen_public": "qa.services.screen_public",
    "qa.expire": "qa.services.expire_question",
}
# Whoever owns the thing that was paid for confirms it (payments.services).
PAYMENT_HANDLERS: dict[str, dict[str, str]] = {
    "order": {
        "confirm": "orders.services.confirm_payment",
        "refunded": "orders.services.confirm_refund",
        "split": "orders.services.confirm_split",
        "closed": "orders.services.confirm_closed",
    },
}
# Prefix of a parametric QR code's scene "<prefix>:<token>" -> who answers the scan.
WECHAT_SCENE_HANDLERS: dict[str, str] = {
    "login": "accounts.services.scan_login",
    "staff": "merchants.services.scan_staff_binding",
}
# What a shop is known for, on its page: takes the shop, returns rows of shops.api.serializers.BadgeSerializer.
SHOP_BADGES = "qa.selectors.badges_of_shop"
# Code of what is kept in parts -> who puts it into words for a reader (core.wording).
WORDINGS: dict[str, str] = {
    "qa.handed_over": "qa.handing_over.words",
    "qa.answer_adopted": "qa.handing_over.adopted",
    "qa.clarification": "qa.clarifying.wording.words",
    "chat.preview": "chat.previews.words",
}
WECHAT_PAY_NOTIFICATION_HANDLER = "payments.services.receive_notification"
