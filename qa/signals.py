"""Business signals of this app, sent inside the transaction; receivers only call services."""

from django.dispatch import Signal

question_dispatched = Signal()  # question
answer_visible = Signal()  # answer
answer_adopted = Signal()  # answer
