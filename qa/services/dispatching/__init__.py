"""Dispatch: shops are asked in waves. Nobody is asked twice, and every deadline is a row.

    tickets   a question's next wave is due (a row)
    batches   tickets that are due are taken together, matched, and assigned together
    waves     the writing: who is asked, what was considered, what people are told
    capacity  how many more questions each shop takes
    leases    who writes holds a place
    ending    a wave is over; all are: the pool, the buyer told, asked again later
    pool      shops take up by themselves what nobody has answered
    desk      ops hand a question to shops, widen it, write to the buyer
    clock     what is due now

A wave's deadline says when the next shops are asked. A shop that was asked may answer until the schedule's end,
unless the places for answers are taken first. Every change of a question happens under its row's lock, so that
answers, deadlines, passes and adoption come one after another, in whichever order. Locks are taken in this order:
tickets, questions, invitations, shops' standings.
"""

from .again import ask_again
from .batches import dispatch_due, dispatch_question
from .clock import next_due_at, tick
from .desk import hand_to, write_to_buyer
from .ending import advance, close_wave, withdraw_invitations
from .leases import check_open, hold, let_go
from .pool import take
from .rules import places_left
from .tickets import issue

__all__ = [
    "advance",
    "ask_again",
    "check_open",
    "close_wave",
    "dispatch_due",
    "dispatch_question",
    "hand_to",
    "hold",
    "issue",
    "let_go",
    "next_due_at",
    "places_left",
    "take",
    "tick",
    "withdraw_invitations",
    "write_to_buyer",
]
