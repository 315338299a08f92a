"""Every address of the product."""

from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps import views as sitemaps
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerView

from core.web import public
from qa.sitemaps import PublicAnswers

from . import dashboard, health, views
from .schema import Schema

# Each has addresses for the dashboard and for the API; an app's own urls.py says what lies beneath them.
APPS = ("accounts", "merchants", "notifications", "shops", "crm", "orders", "chat", "qa")

SITEMAPS = {"sitemaps": {"q": PublicAnswers}}

dashboard_pages = [
    path("", dashboard.home, name="dashboard"),
    path("more/", dashboard.more, name="more"),
    path("nav/", dashboard.nav, name="dashboard_nav"),
    *(path("", include(f"{app}.urls")) for app in APPS),
]

urlpatterns = [
    path("", views.landing, name="landing"),
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("robots.txt", views.robots, name="robots"),
    # One file of addresses; above PublicAnswers.limit of them it names further ones by ?p=.
    path("sitemap.xml", public(sitemaps.index), {**SITEMAPS, "sitemap_url_name": "sitemap"}, name="sitemaps"),
    path("sitemap-<slug:section>.xml", public(sitemaps.sitemap), SITEMAPS, name="sitemap"),
    path("q/", include("qa.public_urls")),
    path("i18n/language/", views.set_language, name="set_language"),
    path("m/", include(dashboard_pages)),
    path("ops/", admin.site.urls),
    path("api/v1/", include([path("", include(f"{app}.api.urls")) for app in APPS])),
    path("api/schema/", Schema.as_view(), name="schema"),
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
