"""Every address of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from . import dashboard, health, views

api = [
    path("", include("accounts.api.urls")),
    path("", include("merchants.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("shops.api.urls")),
    path("", include("crm.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("chat.api.urls")),
    path("", include("qa.api.urls")),
]

dashboard_pages = [
    path("", dashboard.home, name="dashboard"),
    path("more/", dashboard.more, name="more"),
    path("nav/", dashboard.nav, name="dashboard_nav"),
    path("", include("accounts.urls")),
    path("", include("merchants.urls")),
    path("", include("notifications.urls")),
    path("", include("shops.urls")),
    path("", include("crm.urls")),
    path("", include("orders.urls")),
    path("", include("chat.urls")),
    path("", include("qa.urls")),
]

urlpatterns = [
    path("", views.landing, name="landing"),
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("i18n/language/", views.set_language, name="set_language"),
    path("m/", include(dashboard_pages)),
    path("ops/", admin.site.urls),
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    path("wechat/", include("wechat.urls")),
    path("media/<path:path>", views.media, name="media"),
]

if settings.DEMO or settings.TESTING:
    urlpatterns += [
        path("demo/", include("weixuan.demo.urls")),
        path("b/", include("weixuan.buyer_demo.urls")),
    ]

handler400 = "weixuan.errors.bad_request"
handler403 = "weixuan.errors.permission_denied"
handler404 = "weixuan.errors.not_found"
handler500 = "weixuan.errors.server_error"
