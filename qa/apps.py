from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QaConfig(AppConfig):
    name = "qa"
    verbose_name = _("Questions")

    def ready(self):
        from . import receivers  # noqa: F401  Connects the signals this app listens to.
