from django.contrib.admin.apps import AdminConfig


class OpsConfig(AdminConfig):
    """Stands for django.contrib.admin in INSTALLED_APPS, with our site as the default one."""

    default_site = "accounts.ops.OpsSite"
