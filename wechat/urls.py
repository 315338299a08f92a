from django.urls import path

from core.web import public

from . import views

app_name = "wechat"

# Public as addresses go: WeChat's signature says who is calling.
urlpatterns = [
    path(
        "callback/official-account/", public(views.OfficialAccountCallback.as_view()), name="official_account_callback"
    ),
    path("callback/mini-program/", public(views.MiniProgramCallback.as_view()), name="mini_program_callback"),
    path("pay/notify/<slug:kind>/", public(views.PayNotificationView.as_view()), name="pay_notification"),
]
