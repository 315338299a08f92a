"""Which pages search engines may find (sitemaps.org)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from .models import PublicAnswer


class PublicAnswers(Sitemap):
    """Every public answer that is shown, under the site's own address whatever name the request came by."""

    limit = 10_000
    protocol = urlsplit(settings.PUBLIC_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.PUBLIC_URL).netloc

    def items(self):
        return PublicAnswer.objects.visible().order_by("pk").only("public_id", "published_at")

    def location(self, row):
        return reverse("public:answer", args=[row.public_id])

    def lastmod(self, row):
        return row.published_at
