from django.urls import path

from . import views

app_name = "wechat"

urlpatterns = [
    path("callback/official-account/", views.OfficialAccountCallback.as_view(), name="official_account_callback"),
    path("callback/mini-program/", views.MiniProgramCallback.as_view(), name="mini_program_callback"),
    path("pay/notify/<slug:kind>/", views.PayNotificationView.as_view(), name="pay_notification"),
]
