"""What pages and the API read of questions."""

from .answers import comparison
from .buyers import export_of, question_card, question_detail, usual_first_answer_seconds
from .publications import badges_of_shop
from .shops import (
    Tab,
    daily_adoption,
    filter_counts,
    inbox,
    next_invitation,
    open_invitation_count,
    rows_of,
    tab_counts,
    today_funnel,
)

__all__ = [
    "Tab",
    "badges_of_shop",
    "comparison",
    "daily_adoption",
    "export_of",
    "filter_counts",
    "inbox",
    "next_invitation",
    "open_invitation_count",
    "question_card",
    "question_detail",
    "rows_of",
    "tab_counts",
    "today_funnel",
    "usual_first_answer_seconds",
]
