"""What WeChat tells us, for any number of interested parties.

Sent inside the transaction that remembers the push, so that a receiver that fails makes WeChat send it
again; a receiver only calls a service.
"""

from django.dispatch import Signal

# Arguments: appid, event (subscribe, unsubscribe, SCAN, TEMPLATESENDJOBFINISH…; "message" for what a person
# wrote), openid, payload (the whole push by WeChat's names).
official_account_event = Signal()
# The same for the mini-program: wxa_media_check, trade_manage_remind_shipping, trade_manage_order_settlement…
mini_program_event = Signal()
