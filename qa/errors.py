from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError, Forbidden, Invalid


class QuestionUnclear(Invalid):
    code = "question_unclear"
    title = _("Say in a few words what you are looking for")


class QuestionTooLong(Invalid):
    code = "question_too_long"
    title = _("A question has at most 500 characters")


class QuestionClosed(Conflict):
    """The question is no longer in the state that this needs."""

    code = "question_not_open"
    title = _("This question is closed")


class BadChoice(Invalid):
    code = "bad_choice"
    title = _("Choose one of the answers, or skip")


class NotAskedNow(Conflict):
    """That clarification has been answered or skipped; another one is asked now."""

    code = "clarification_not_current"
    title = _("This was answered already; answer the question that stands open")


class WindowOver(Conflict):
    """Too late to answer. What was written stays in the draft."""

    code = "answer_window_over"
    title = _("Time is up for this question; what you wrote is kept")


class SlotsTaken(Conflict):
    code = "answer_slots_taken"
    title = _("All places for an answer are taken; what you wrote is kept")


class PlacesHeld(Conflict):
    """A lease of QA_LEASE_SECONDS runs out by itself."""

    code = "answer_places_held"
    title = _("Others are writing for the last places; what you wrote is kept")


class ShopFull(Conflict):
    code = "shop_has_enough_questions"
    title = _("Your shop has enough questions open; answer one of them first")


class NotInPool(Conflict):
    code = "question_not_in_pool"
    title = _("This question is no longer free")


class AskedEnough(Conflict):
    code = "asked_again_enough"
    title = _("It is being asked already, or was asked again often enough")


class AlreadyAnswered(Conflict):
    code = "already_answered"
    title = _("Your shop has answered this question")


class NotYoursToSell(Invalid):
    code = "product_not_offered"
    title = _("Choose products that your shop has on sale and in stock")


class CardChanged(Invalid):
    """`fields["cards"]` says of each card what has changed since it was picked."""

    code = "card_changed"
    title = _("A product has changed since you picked it")


class TooLateToUndo(Conflict):
    code = "too_late_to_undo"
    title = _("It has gone out already")


class AnswerNotOpen(Conflict):
    code = "answer_not_open"
    title = _("This answer can no longer be chosen")


class PreparedStopped(Conflict):
    code = "prepared_answer_stopped"
    title = _("The platform has stopped this prepared answer")


class ShortlistFull(Conflict):
    code = "shortlist_full"
    title = _("At most three answers stand side by side; take one out first")


class NotPublishable(Conflict):
    code = "answer_not_publishable"
    title = _("This answer can't be made public")


class WordingChanged(Conflict):
    code = "public_answer_decided"
    title = _("You have agreed to other words already; withdraw them first")


class NotYourVoice(Forbidden):
    """Who asked, and who works for the shop, don't judge it."""

    code = "feedback_not_yours"
    title = _("Whether it helps is for others to say")


class NoLongerPublic(DomainError):
    code = "public_answer_withdrawn"
    status = 410
    title = _("This answer is no longer public")
