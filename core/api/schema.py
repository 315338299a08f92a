from drf_spectacular import openapi


class AutoSchema(openapi.AutoSchema):
    """Adds what every route of ours has: the problem document, and the key of money requests."""

    PROBLEM = {
        "type": "object",
        "description": "RFC 9457 problem document",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string", "description": "For people, in the language asked for"},
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "Stable, for machines"},
            "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        },
        "additionalProperties": True,
    }

    def get_operation(self, path, path_regex, path_prefix, method, registry):
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        operation["responses"]["default"] = {
            "description": "Refused; nothing moved",
            "content": {"application/problem+json": {"schema": self.PROBLEM}},
        }
        handler = getattr(self.view, getattr(self.view, "action", None) or method.lower(), None)
        if getattr(handler, "idempotent", False):
            operation.setdefault("parameters", []).append(
                {
                    "in": "header",
                    "name": "Idempotency-Key",
                    "required": True,
                    "schema": {"type": "string", "minLength": 8, "maxLength": 128},
                    "description": "The same key again replays the first reply.",
                }
            )
        return operation
