"""The words of the demo's buyer page, in the reader's language. {name} is filled in by the script."""

from django.utils.translation import gettext as _


def texts() -> dict[str, str]:
    return {**_frame(), **_asking(), **_waiting(), **_answers(), **_states(), **_chats(), **_orders(), **_public()}


def _frame() -> dict[str, str]:
    return {
        "weixuan": _("Weixuan"),
        "back": _("Back"),
        "again": _("Try again"),
        "navigation": _("Main navigation"),
        "network": _("The network is down. What you wrote is still here."),
        "offline": _("The network is down. This page goes on by itself when it is back."),
        "server_down": _("Something broke on our side. Nothing you wrote is lost; try again in a minute."),
        "to_start": _("To the start"),
        "just_now": _("Just now"),
        "minutes_ago": _("{n} min ago"),
        "seconds": _("{n} s"),
        "minutes": _("{n} min"),
        "hours": _("{h} h"),
        "hours_minutes": _("{h} h {m} min"),
        "minutes_seconds": _("{m} min {s} s"),
        "tab_ask": _("Ask"),
        "tab_chats": _("Chats"),
        "tab_me": _("Me"),
        "demo_person": _("A person of the WeChat sandbox"),
        "whose_phone": _("Whose phone this is"),
        "open_phone": _("Open this person’s phone"),
    }


def _asking() -> dict[str, str]:
    return {
        "ask": _("Ask now"),
        "picture_add": _("Add a picture"),
        "picture_remove": _("Remove the picture"),
        "ask_title": _("Want something?"),
        "ask_title_1": _("Want something?"),
        "ask_title_2": _("Ask those who know"),
        "ask_placeholder": _("For example: a tea set for my father’s 60th birthday, up to ¥600, easy to clean"),
        "ask_empty": _("Write first what you want to buy"),
        "ask_room": _("{n} characters left"),
        "ask_over": _("{n} characters too many; {most} at most"),
        "ask_promise": _("It goes to {n} fitting shops first."),
        "ask_privacy": _("Shops don’t see your phone number."),
        "examples": _("You can ask like this"),
        "example_1": _(
            "A tea set for my father’s 60th birthday. He drinks pu’er; it should look good and be easy to clean"
        ),
        "example_2": _("A cup with a strainer for the office, not glass, up to ¥100"),
        "example_3": _("I’m learning to make tea. What does a first set need?"),
        "open_questions": _("Being answered"),
        "earlier_questions": _("Asked before"),
        "question": _("Question"),
        "slip": _("Slip"),
        "clarify_title": _("One more thing"),
        "slip_hint": _("Shops will see this slip"),
        "skip": _("Skip"),
        "skipped": _("Skipped"),
        "more_options": _("{n} more"),
        "fitting": _("{n} products still fit"),
        "fitting_none": _("Nothing fits exactly; shops may still have it"),
        "guessed": _("our guess"),
        "give_up": _("Don’t ask"),
        "send_out": _("That’s it, ask"),
    }


def _waiting() -> dict[str, str]:
    return {
        "waiting_title": _("Asking for you"),
        "answers_none": _("No answer yet"),
        "answers_got": _("{n} answers are here, {max} at most"),
        "no_answer": _("Nobody has answered. Ask again with a wider budget, or in other words"),
        "platform_note": _("A word from the platform"),
        "nobody_yet": _("What now?"),
        "ahead_over": _("Nobody can answer any more"),
        "ahead_full": _("All places for an answer are taken, so no further shop is asked. Other words ask anew."),
        "ahead_asking": _("Shops are still being asked; WeChat tells you of each answer."),
        "ahead_later": _("Further shops are asked at {time} by themselves."),
        "ahead_pool": _("No further shop is asked by itself. Shops can still find it and answer; WeChat tells you."),
        "ahead_nobody_left": _("No further shop fits as it stands. A wider budget or other words may find others."),
        "may_still_answer": _("{n} shops may still answer."),
        "asking_further": _("Further shops are being asked"),
        "other_words": _("Say what didn’t fit, and ask anew"),
        "other_words_hint": _(
            "Change your words: another budget, what you don’t want. The question as it was ends then; its answers stay."
        ),
        "ask_anew": _("Ask anew"),
        "change_first": _("Change something first: the same words bring the same answers"),
        "keep_waiting": _("Keep waiting"),
        "ask_wider": _("Ask again, up to ¥{money}"),
        "ask_again": _("Ask further shops now"),
        "looking_for_shops": _("Looking for shops that fit"),
        "close_confirm": _("Stop asking? No shop can answer any more, and this can’t be undone."),
        "asked_for": _("Asked {time} ago"),
        "usual": _("the first answer usually takes {time}"),
        "need_not_wait": _("You needn’t wait here: WeChat tells you of each answer"),
        "sent_to": _("Sent to {n} shops"),
        "writing_now": _("{n} are writing"),
        "see_answers": _("See the {n} answers"),
        "close_question": _("Stop asking"),
        "being_checked": _("This takes a moment, and then goes on by itself."),
    }


def _answers() -> dict[str, str]:
    return {
        "meets": _("meets {met}/{all}"),
        "answers_title": _("{n} answers"),
        "compare_title": _("Compare"),
        "compare_heading": _("Compared by your conditions"),
        "compare_kept": _("The ones you kept, by your conditions"),
        "automatic": _("Automatic answer"),
        "keep": _("Keep it"),
        "kept": _("Kept"),
        "keep_another": _("Keep one more to see them side by side"),
        "not_said": _("Not said"),
        "you_said": _("You wrote “{said}”"),
        "none_fits": _("None fits"),
        "choose_hint": _(
            "Once you choose one, the other shops need not answer any more. You can still read their answers."
        ),
        "talk_to": _("Talk to {name}"),
        "suggestions": _("Fits, and on sale now"),
        "to_chat": _("To the chat"),
    }


def _states() -> dict[str, str]:
    return {
        "question_draft": _("Being checked"),
        "question_rejected": _("This question can’t be asked here"),
        "question_clarifying": _("Waits for your word"),
        "question_dispatched": _("Shops are thinking"),
        "question_answered": _("Has answers"),
        "question_adopted": _("Answer chosen"),
        "question_closed": _("No longer asked"),
        "question_expired": _("Time is up"),
        "ended_rejected": _("Ask in other words, or for something else."),
        "ended_again": _("If you still want it, ask once more; you can change the words first."),
        "ask_once_more": _("Ask once more"),
        "shop_asked": _("just received"),
        "shop_seen": _("has seen it"),
        "shop_writing": _("writing"),
        "shop_answered": _("answered"),
        "shop_passed": _("not this time"),
        "shop_lapsed": _("not in time"),
        "shop_withdrawn": _("not needed"),
        "order_unpaid": _("To be paid"),
        "order_paid": _("Paid, to be shipped"),
        "order_shipped": _("On its way"),
        "order_received": _("Received"),
        "order_settled": _("Completed"),
        "order_cancelled": _("Cancelled"),
        "order_refunding": _("Being refunded"),
        "order_refunded": _("Refunded"),
    }


def _public() -> dict[str, str]:
    return {
        "alike": _("Others have asked"),
        "public_title": _("What others asked"),
        "public_beside": _("Similar questions that others asked"),
        "helped_people": _("people helped: {n}"),
        "did_it_help": _("Did it help?"),
        "it_helped": _("It helped"),
        "it_did_not": _("It didn’t"),
        "ask_alike": _("Ask something similar"),
        "stock_low": _("Few left"),
        "stock_out": _("Sold out today"),
        "off_sale": _("No longer on sale"),
        "publish_title": _("Let this answer help others"),
        "publish_ask": _("You chose this answer. May the next buyer who asks alike read it?"),
        "publish_hint": _(
            "Nothing that tells who you are is shown. Change the words as you like; you can take it back at any time."
        ),
        "publish_question": _("Your question, as others would read it"),
        "publish_answer": _("The shop’s answer, as others would read it"),
        "publish_yes": _("Yes, let it help others"),
        "give_up_publishing": _("Not now"),
        "publish_preview": _("See how it would read"),
        "publish_back": _("Take it back"),
        "publish_look": _("Look at it"),
        "publish_closed": _("The shop keeps its answers private."),
        "publish_checking": _("It is being checked; nobody sees it yet."),
        "publish_public": _("It is public, and has helped {n} people."),
        "publish_refused": _("It was not allowed."),
        "publish_withdrawn": _("It is no longer public."),
        "publish_taken_down": _("The platform took it down: {reason}"),
        "publish_mine": _("My answers that help others"),
        "publish_none": _("Not public"),
        "publish_state_checking": _("Being checked"),
        "publish_state_public": _("Public"),
        "publish_state_refused": _("Not allowed"),
        "publish_state_gone": _("Taken down"),
    }


def _chats() -> dict[str, str]:
    return {
        "chats_none": _("No chat yet"),
        "chats_none_text": _("Choose an answer, and the chat with that shop opens."),
        "block": _("Block"),
        "block_shop": _("Block {name}"),
        "block_confirm": _("Block {name}? No questions, no chat, and its answers and goods vanish. Orders go on."),
        "block_done": _("{name} is blocked; you find it under Me"),
        "unblock": _("Unblock"),
        "unblock_done": _("{name} may answer you again"),
        "blocked_shops": _("Blocked shops"),
        "chat_blocked": _("You have blocked this shop"),
        "chat_closed": _("This chat is closed"),
        "you_chose": _("You chose this answer"),
        "why_chosen": _("Why you chose it"),
        "ask_this": _("Ask the shop"),
        "say": _("Say something"),
        "send": _("Send"),
        "not_allowed": _("not allowed"),
        "picture": _("Picture"),
    }


def _orders() -> dict[str, str]:
    return {
        "buy_this": _("Buy this"),
        "order": _("Order"),
        "confirm_order": _("Confirm the order"),
        "add_address": _("Add an address"),
        "addresses": _("Addresses"),
        "save_address": _("Save and use"),
        "address_name": _("Receiver"),
        "address_phone": _("Phone"),
        "address_province": _("Province"),
        "address_city": _("City"),
        "address_district": _("District"),
        "optional": _("optional"),
        "address_detail": _("Street and house"),
        "postage": _("Postage"),
        "free_postage": _("free"),
        "in_all": _("In all"),
        "shop_promised": _("The shop promised you"),
        "money_frozen": _("WeChat Pay holds your money; the shop gets it when you have the goods"),
        "quote_over": _("This offer is over. Ask the shop for a new one."),
        "place_order": _("Place the order"),
        "pay_before": _("Pay before {time}"),
        "wechat_pay": _("Pay with WeChat"),
        "pay_on_phone": _("Confirm on the phone"),
        "cancel_order": _("Cancel the order"),
        "paid_hint": _("The shop is getting it ready"),
        "refund": _("Refund"),
        "refund_confirm": _("Take back {money}? The order ends."),
        "changed_mind": _("Changed my mind"),
        "parcel": _("Parcel"),
        "received": _("I have it"),
        "my_orders": _("My orders"),
        "taste": _("Order answers by my taste"),
        "taste_on": _("Uses what you bought, chose and follow. Nothing of it is stored for this."),
        "taste_off": _("Off: answers are ordered by your question and the shops’ record alone."),
        "orders_none": _("No order yet"),
    }
