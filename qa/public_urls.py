"""Pages for everybody: /q/."""

from django.urls import path

from .views import public

app_name = "public"
urlpatterns = [
    path("", public.browse, name="browse"),
    path("<slug:public_id>/", public.answer, name="answer"),
    path("<slug:public_id>/feedback/", public.feedback, name="feedback"),
]
