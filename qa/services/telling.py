"""What people are told: inbox rows with their WeChat message, and events for open pages."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from merchants.models import Membership, Role
from notifications import live
from notifications.services import notify

from ..models import Answer, Invitation, Question
from ..need import Need, budget_text

ANSWERING_ROLES = [role for role in Role if "answer" in Membership.CAPABILITIES[role]]


def invited(question: Question, invitations: Iterable[Invitation]) -> None:
    """Tell everybody at the asked shops who may answer. Invitations come with their shop."""
    invitations = list(invitations)
    staff: dict[int, list] = {}
    members = Membership.objects.filter(
        merchant__in=[invitation.shop.merchant_id for invitation in invitations],
        removed_at=None,
        role__in=ANSWERING_ROLES,
    )
    for member in members.select_related("user"):
        staff.setdefault(member.merchant_id, []).append(member.user)
    budget = budget_text(Need.from_json(question.need)) or _("not said")
    for invitation in invitations:
        deadline = timezone.localtime(invitation.deadline_at).strftime("%Y-%m-%d %H:%M")
        for user in staff.get(invitation.shop.merchant_id, []):
            notify(
                user=user,
                kind="invitation",
                key=invitation.public_id,
                title=_("A buyer asks: %(question)s") % {"question": question.text},
                body=_("Budget: %(budget)s; answer by %(time)s") % {"budget": budget, "time": deadline[-5:]},
                link=f"/m/questions/{invitation.public_id}/",
                fields={"question": question.text, "budget": budget, "deadline": deadline},
            )
        invitation_changed(invitation)


def answer_arrived(question: Question, answer: Answer) -> None:
    notify(
        user=question.buyer,
        kind="answer_arrived",
        key=answer.public_id,
        title=_("%(shop)s has answered you") % {"shop": answer.shop.name},
        body=answer.text,
        link=f"pages/question/index?id={question.public_id}",
        fields={"question": question.text, "shop": answer.shop.name, "answers": str(question.answer_count)},
    )


def nobody_answered(question: Question) -> None:
    hint = _("Wait a little, or ask again with a wider budget")
    notify(
        user=question.buyer,
        kind="no_answer",
        key=question.public_id,
        title=_("Nobody has answered yet"),
        body=hint,
        link=f"pages/question/index?id={question.public_id}",
        fields={"question": question.text, "hint": hint},
    )


def adopted(answer: Answer) -> None:
    members = Membership.objects.filter(
        merchant=answer.shop.merchant_id, removed_at=None, role__in=ANSWERING_ROLES
    ).select_related("user")
    for member in members:
        notify(
            user=member.user,
            kind="adopted",
            key=answer.public_id,
            title=_("A buyer chose your answer"),
            body=answer.question.text,
            link=f"/m/chats/{answer.conversation.public_id}/" if answer.conversation else "",
            fields={"question": answer.question.text, "shop": answer.shop.name},
        )


def answer_refused(answer: Answer) -> None:
    """To the person who wrote it; the inbox is enough."""
    notify(
        user=answer.staff,
        kind="answer_rejected",
        key=answer.public_id,
        title=_("Your answer was not let through"),
        body=_("Its words break WeChat's rules. Question: %(question)s") % {"question": answer.question.text},
        link=f"/m/questions/{answer.invitation.public_id}/",
    )


def question_changed(question: Question) -> None:
    live.send_to_user(question.buyer, {"type": "question.changed", "id": question.public_id})


def invitation_changed(invitation: Invitation) -> None:
    live.send_to_shop(invitation.shop, {"type": "invitation.changed", "id": invitation.public_id})


def all_invitations_changed(question: Question) -> None:
    """Places taken have changed: everybody who was asked sees it."""
    for invitation in question.invitations.select_related("shop"):
        invitation_changed(invitation)
