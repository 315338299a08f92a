from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Followers")

    def ready(self):
        from . import receivers  # noqa: F401  Connects the signals this app listens to.
