from django.urls import path

from . import views

urlpatterns = [path("workplaces", views.Workplaces.as_view())]
