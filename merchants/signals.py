from django.dispatch import Signal

# A merchant was approved and may open its shop. Arguments: merchant, by (the reviewer). Inside the transaction.
merchant_opened = Signal()
