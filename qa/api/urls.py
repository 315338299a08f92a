from django.urls import path

from . import pool, public, shop, views, written

urlpatterns = [
    path("questions", views.QuestionsView.as_view(), name="api-questions"),
    path("questions/<str:question_id>", views.QuestionView.as_view(), name="api-question"),
    path(
        "questions/<str:question_id>/clarifications/<int:position>",
        views.ClarificationView.as_view(),
        name="api-question-clarification",
    ),
    path("questions/<str:question_id>/submit", views.SubmitView.as_view(), name="api-question-submit"),
    path("questions/<str:question_id>/close", views.CloseView.as_view(), name="api-question-close"),
    path("questions/<str:question_id>/compare", views.CompareView.as_view(), name="api-question-compare"),
    path("answers/<str:answer_id>/shortlist", views.ShortlistView.as_view(), name="api-answer-shortlist"),
    path("answers/<str:answer_id>/adopt", views.AdoptView.as_view(), name="api-answer-adopt"),
    path("questions/<str:question_id>/ask-again", pool.AskAgainView.as_view(), name="api-question-ask-again"),
    path("answers/<str:answer_id>/publication", public.PublicationView.as_view(), name="api-answer-publication"),
    path("me/publications", public.OwnPublicationsView.as_view(), name="api-my-publications"),
    path("public-questions", public.PublicQuestionsView.as_view(), name="api-public-questions"),
    path("public-questions/<str:public_id>", public.PublicQuestionView.as_view(), name="api-public-question"),
    path("public-questions/<str:public_id>/feedback", public.FeedbackView.as_view(), name="api-public-feedback"),
    path("shop/pool", pool.PoolView.as_view(), name="api-shop-pool"),
    path("shop/pool/<str:id>/take", pool.PoolTakeView.as_view(), name="api-shop-pool-take"),
    path("shop/invitations/<str:id>/hold", pool.HoldView.as_view(), name="api-shop-hold"),
    path("shop/invitations", shop.Invitations.as_view(), name="api-shop-invitations"),
    path("shop/invitations/<str:id>", shop.InvitationView.as_view(), name="api-shop-invitation"),
    path("shop/invitations/<str:id>/answer", shop.InvitationAnswer.as_view(), name="api-shop-answer"),
    path("shop/invitations/<str:id>/pass", shop.InvitationPass.as_view(), name="api-shop-pass"),
    path("shop/snippets", written.SnippetsView.as_view(), name="api-shop-snippets"),
    path("shop/snippets/<str:id>", written.SnippetView.as_view(), name="api-shop-snippet"),
    path("shop/prepared-answers", written.PreparedAnswersView.as_view(), name="api-shop-prepared-answers"),
    path("shop/prepared-answers/<str:id>", written.PreparedAnswerView.as_view(), name="api-shop-prepared-answer"),
    path("shop/prepared-answers/<str:id>/pause", written.PausePreparedView.as_view(), name="api-shop-prepared-pause"),
    path(
        "shop/prepared-answers/<str:id>/resume", written.ResumePreparedView.as_view(), name="api-shop-prepared-resume"
    ),
    path("shop/public-answers", public.ShopPublicAnswersView.as_view(), name="api-shop-public-answers"),
    path("shop/public-answers/<str:id>/decline", public.DeclineView.as_view(), name="api-shop-decline-public"),
    path("shop/publishing", public.PublishingView.as_view(), name="api-shop-publishing"),
]
