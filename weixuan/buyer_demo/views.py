from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.web import public

from .texts import texts

# The person of the sandbox whose phone the demo's buyer holds, unless another is chosen.
BUYER = "林女士"
ICONS = (
    "alert-circle", "ban", "bolt", "bookmark", "building-store", "check", "chevron-left", "chevron-right", "device-mobile",
    "heart", "map-pin", "message-2-question", "messages", "minus", "photo", "rosette-discount-check",
    "thumb-down", "thumb-up", "ticket", "user", "x",
)  # fmt: skip


@public
@require_safe
def page(request, page=""):
    """The one page; its screens are drawn by static/buyer_demo/main.js."""
    config = {
        "settings": {
            "api": "/api/v1",
            "websocket": settings.WEBSOCKET_URL,
            "sandbox": settings.SANDBOX_PUBLIC_URL,
            "firstWave": settings.QA_WAVES[0][0],
            "buyer": BUYER,
        },
        "texts": texts(),
    }
    return render(request, "buyer_demo/page.html", {"config": config, "icons": ICONS, "home": reverse("buyer_demo")})
