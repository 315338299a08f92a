from django.urls import path

from . import views

urlpatterns = [path("login/<slug:role>/", views.enter, name="demo_login")]
