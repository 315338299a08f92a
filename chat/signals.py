"""What happens in conversations, for whoever is interested."""

from django.dispatch import Signal

# Arguments: message. Sent when a message has passed the check and its reader may see it.
message_delivered = Signal()
