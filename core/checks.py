"""A settings table that names a function which does not exist must stop the start, not lose a payment."""

from django.conf import settings
from django.core.checks import Error, register
from django.utils.module_loading import import_string


def _paths():
    tables = ("OUTBOX_HANDLERS", "WECHAT_SCENE_HANDLERS", "WORDINGS")
    for table in tables:
        for key, path in getattr(settings, table).items():
            yield f"{table}[{key!r}]", path
    for purpose, handlers in settings.PAYMENT_HANDLERS.items():
        for event, path in handlers.items():
            yield f"PAYMENT_HANDLERS[{purpose!r}][{event!r}]", path
    yield "WECHAT_PAY_NOTIFICATION_HANDLER", settings.WECHAT_PAY_NOTIFICATION_HANDLER
    yield "QA_MATCHER", settings.QA_MATCHER
    yield "SHOP_BADGES", settings.SHOP_BADGES


@register()
def responsible_functions_exist(app_configs, **kwargs):
    errors = []
    for name, path in _paths():
        try:
            import_string(path)
        except ImportError as error:
            errors.append(Error(f"{name} names {path}, which cannot be imported: {error}", id="core.E001"))
    return errors
