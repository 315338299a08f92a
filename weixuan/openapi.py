"""Settings: what docs/openapi.yaml says beside the routes."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Weixuan API",
    "DESCRIPTION": "The buyers' API of Weixuan. Money is integer fen; times are ISO 8601 with offset; "
    "errors are RFC 9457 problem documents with a stable `code`.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "QuestionStatus": "qa.models.Question.Status",
        "InvitationStatus": "qa.models.Invitation.Status",
        "AnswerStatus": "qa.models.Answer.Status",
        "PublicationStatus": "qa.api.public.PUBLICATION_STATES",
        "PublicAnswerStatus": "qa.models.PublicAnswer.Status",
        "OrderStatus": "orders.models.Order.Status",
        "MessageScreening": "chat.models.Message.Screening",
        "MessageKind": "chat.models.Message.Kind",
        "MessageSender": "chat.models.Message.Sender",
        "SubscriptionKind": "notifications.api.serializers.SUBSCRIBABLE",
    },
    "SERVE_PERMISSIONS": ["core.api.permissions.Anyone"],
    "SERVE_AUTHENTICATION": [],
}
