from django.urls import path

from . import views

app_name = "accounts"

urlpatterns = [
    path("login/", views.log_in, name="login"),
    path("login/qr/", views.qr, name="login_qr"),
    path("login/poll/", views.poll, name="login_poll"),
    path("login/second-factor/", views.second_factor, name="second_factor"),
    path("login/enrol/", views.enrol, name="enrol"),
    path("logout/", views.log_out, name="logout"),
    path("logout/everywhere/", views.log_out_everywhere, name="logout_everywhere"),
    path("account/", views.account, name="account"),
    path("account/name/", views.rename, name="rename"),
]
