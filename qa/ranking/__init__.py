"""Answers for this buyer: how well each meets the need, in which order they stand, and why, in words.

An answer is judged when it is shown: need, price, day, and the shop's record, all kept with it. Its place is found
when the buyer reads: taste, where the buyer wants that, and a step back for what resembles an answer above.
The same answers come in the same order each time. What anybody pays has no way in.
"""

from .conditions import Condition, Judgement, Offer, Reply, Verdict, judge
from .ordering import Entry, Placed, order
from .record import NEWCOMER, Record
from .taste import Liking, Taste

__all__ = [
    "NEWCOMER",
    "Condition",
    "Entry",
    "Judgement",
    "Liking",
    "Offer",
    "Placed",
    "Record",
    "Reply",
    "Taste",
    "Verdict",
    "judge",
    "order",
]
