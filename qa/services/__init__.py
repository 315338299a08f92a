"""Every write of the qa app. A question's changes all happen under its row's lock."""

from .answering import answer, open_invitation, pass_on, save_draft, start_writing, take_back, take_back_pass
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
from .dispatching import ask_again, close_wave, dispatch_question, hand_to, hold, let_go, take, tick, write_to_buyer
from .feedback import give_feedback
from .freezing import Card
from .parting import meet_again, part
from .prepared import answer_automatically
from .preparing import (
    Preparation,
    conclude_prepared,
    pause_prepared,
    prepare,
    release_prepared,
    resume_prepared,
    screen_prepared,
    stop_prepared,
)
from .publishing import (
    conclude_public,
    consent,
    decline,
    forget_public,
    propose,
    reindex_public,
    screen_public,
    set_publishing,
    take_down,
    withdraw,
    withdraw_all,
)
from .showing import adopt, conclude_answer, screen_answer, shortlist
from .snippets import delete_snippet, save_snippet
from .wanting import save_preferences

__all__ = [
    "Card",
    "Preparation",
    "adopt",
    "answer",
    "answer_automatically",
    "answer_clarification",
    "ask",
    "ask_again",
    "close_question",
    "close_wave",
    "conclude_answer",
    "conclude_check",
    "conclude_picture",
    "conclude_prepared",
    "conclude_public",
    "consent",
    "decline",
    "delete_snippet",
    "dispatch_question",
    "expire_question",
    "forget_public",
    "forget_questions",
    "give_feedback",
    "hand_to",
    "hold",
    "let_go",
    "meet_again",
    "open_invitation",
    "part",
    "pass_on",
    "pause_prepared",
    "prepare",
    "propose",
    "reindex_public",
    "release_prepared",
    "resume_prepared",
    "save_draft",
    "save_preferences",
    "save_snippet",
    "screen_answer",
    "screen_prepared",
    "screen_public",
    "screen_question",
    "set_publishing",
    "shortlist",
    "start_writing",
    "stop_prepared",
    "submit",
    "take",
    "take_back",
    "take_back_pass",
    "take_down",
    "tick",
    "withdraw",
    "withdraw_all",
    "write_to_buyer",
]
