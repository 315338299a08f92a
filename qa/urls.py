from django.urls import path

from .views import pool, prepared, publications, snippets, wanted, why, workbench

app_name = "qa"
urlpatterns = [
    path("questions/", workbench.inbox, name="inbox"),
    path("questions/<str:invitation_id>/", workbench.workbench, name="workbench"),
    path("questions/<str:invitation_id>/state/", workbench.state, name="state"),
    path("questions/<str:invitation_id>/draft/", workbench.draft, name="draft"),
    path("questions/<str:invitation_id>/picks/", workbench.picks, name="picks"),
    path("questions/<str:invitation_id>/snippets/", snippets.menu, name="snippet_menu"),
    path("questions/<str:invitation_id>/keep/", snippets.keep, name="snippet_keep"),
    path("questions/<str:invitation_id>/take-back/", workbench.take_back, name="take_back"),
    path("questions/<str:invitation_id>/pass/", workbench.pass_on, name="pass"),
    path("questions/<str:invitation_id>/pass/undo/", workbench.take_back_pass, name="take_back_pass"),
    path("questions/<str:invitation_id>/let-go/", pool.let_go, name="let_go"),
    path("pool/<slug:question_id>/take/", pool.take, name="take"),
    path("preferences/", wanted.preferences, name="preferences"),
    path("preferences/preview/", wanted.preview, name="preferences_preview"),
    path("preferences/pause/", wanted.pause, name="preferences_pause"),
    path("why/", why.why, name="why"),
    path("chats/<str:id>/snippets/", snippets.chat_menu, name="chat_snippets"),
    path("snippets/", snippets.snippets, name="snippets"),
    path("snippets/<slug:snippet_id>/", snippets.snippets, name="snippet"),
    path("snippets/<slug:snippet_id>/delete/", snippets.delete, name="snippet_delete"),
    path("prepared/", prepared.prepared_list, name="prepared_list"),
    path("prepared/new/", prepared.prepared, name="prepared_new"),
    path("prepared/values/", prepared.values, name="prepared_values"),
    path("prepared/preview/", prepared.preview, name="prepared_preview"),
    path("prepared/<slug:prepared_id>/", prepared.prepared, name="prepared"),
    path("prepared/<slug:prepared_id>/switch/", prepared.switch, name="prepared_switch"),
    path("public/", publications.public_list, name="public_list"),
    path("public/switch/", publications.switch, name="public_switch"),
    path("public/<slug:public_id>/decline/", publications.decline, name="public_decline"),
]
