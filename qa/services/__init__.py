"""Every write of the qa app. A question's changes all happen under its row's lock."""

from .answering import Card, answer, open_invitation, pass_on, save_draft, start_writing, take_back, take_back_pass
from .asking import (
    answer_clarification,
    ask,
    close_question,
    conclude_check,
    conclude_picture,
    expire_question,
    forget_questions,
    screen_question,
    submit,
)
from .dispatching import close_wave, dispatch_question
from .showing import adopt, conclude_answer, screen_answer

__all__ = [
    "Card",
    "adopt",
    "answer",
    "answer_clarification",
    "ask",
    "close_question",
    "close_wave",
    "conclude_answer",
    "conclude_check",
    "conclude_picture",
    "dispatch_question",
    "expire_question",
    "forget_questions",
    "open_invitation",
    "pass_on",
    "save_draft",
    "screen_answer",
    "screen_question",
    "start_writing",
    "submit",
    "take_back",
    "take_back_pass",
]
