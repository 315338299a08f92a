"""What other apps may want to know about a person. Sent inside the transaction (but for person_exported)."""

from django.dispatch import Signal

# Arguments: user, data. Receivers add what their app knows about the person under a key of their own.
person_exported = Signal()
# Argument: user. A receiver that must keep the person for now raises a core.errors.DomainError that says why.
erasure_requested = Signal()
# Argument: user. Receivers remove personal data and keep what the law wants kept, without the person in it.
person_erased = Signal()
# Arguments: user, purpose. A purpose was withdrawn: what rests on it ends, inside the transaction.
consent_withdrawn = Signal()
