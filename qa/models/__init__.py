"""Ask, clarify, dispatch, answer, adopt."""

from .answers import Answer, AnswerCard
from .dispatching import Consideration, Invitation, Wave
from .prepared import PreparedAnswer, PreparedCard, Snippet
from .questions import Clarification, Question, Verdict

__all__ = [
    "Answer",
    "AnswerCard",
    "Clarification",
    "Consideration",
    "Invitation",
    "PreparedAnswer",
    "PreparedCard",
    "Question",
    "Snippet",
    "Verdict",
    "Wave",
]
