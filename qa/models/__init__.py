"""Ask, clarify, dispatch, answer, adopt."""

from .answers import Answer, AnswerCard
from .dispatching import Consideration, Invitation, Ticket, Wave
from .prepared import PreparedAnswer, PreparedCard, Snippet
from .public import PublicAnswer, PublicFeedback, PublicTerm
from .questions import Clarification, Question, Verdict
from .routing import WEIGHT_BOUNDS, RoutingModel, RoutingWeights, Stage
from .standing import CategoryRate, CategoryStanding, ShopPreferences, ShopStanding

__all__ = [
    "WEIGHT_BOUNDS",
    "Answer",
    "AnswerCard",
    "CategoryRate",
    "CategoryStanding",
    "Clarification",
    "Consideration",
    "Invitation",
    "PreparedAnswer",
    "PreparedCard",
    "PublicAnswer",
    "PublicFeedback",
    "PublicTerm",
    "Question",
    "RoutingModel",
    "RoutingWeights",
    "ShopPreferences",
    "ShopStanding",
    "Snippet",
    "Stage",
    "Ticket",
    "Verdict",
    "Wave",
]
