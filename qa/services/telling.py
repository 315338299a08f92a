"""What people are told: inbox rows with their WeChat message, and events for open pages."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Prepared, any_of
from merchants.models import Membership, Role
from notifications import live
from notifications.services import News, notify, notify_many

from ..models import Answer, Invitation, Question
from ..need import Need, budget_text

ANSWERING_ROLES = [role for role in Role if "answer" in Membership.CAPABILITIES[role]]


def answering_staff(merchant_ids: Collection[int]) -> dict[int, list[User]]:
    """For each merchant the people who may answer; one statement."""
    staff: dict[int, list[User]] = defaultdict(list)
    for member in _answering.all(merchants=list(merchant_ids)):
        staff[member.merchant_id].append(member.user)
    return staff


@Prepared(merchants=list)
def _answering(merchants):
    members = Membership.objects.filter(any_of("merchant_id", merchants), removed_at=None, role__in=ANSWERING_ROLES)
    return members.select_related("user").order_by("pk")


def invited(invitations: Sequence[Invitation], staff: dict[int, list[User]]) -> None:
    """Tell everybody at the asked shops who may answer. Invitations come with their shop and question."""
    news = []
    for invitation in invitations:
        fields = _invited_fields(invitation)
        for user in staff.get(invitation.shop.merchant_id, []):
            news.append(
                News(
                    user=user,
                    key=invitation.public_id,
                    title=_("A buyer asks: %(question)s") % {"question": fields["question"]},
                    body=_("Budget: %(budget)s; answer by %(time)s")
                    % {"budget": fields["budget"], "time": fields["deadline"][-5:]},
                    link=f"/m/questions/{invitation.public_id}/",
                    fields=fields,
                )
            )
    if news:
        notify_many(kind="invitation", news=news)
    invitations_changed(invitations)


def _invited_fields(invitation: Invitation) -> dict[str, str]:
    question = invitation.question
    budget = budget_text(Need.from_json(question.need)) or _("not said")
    deadline = timezone.localtime(invitation.deadline_at).strftime("%Y-%m-%d %H:%M")
    return {"question": question.text, "budget": budget, "deadline": deadline}


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


def platform_wrote(question: Question) -> None:
    notify(
        user=question.buyer,
        kind="platform_wrote",
        key=f"{question.public_id}:{sha256(question.note.encode()).hexdigest()[:16]}",
        title=_("A word about your question"),
        body=question.note,
        link=f"pages/question/index?id={question.public_id}",
    )


def adopted(answer: Answer) -> None:
    merchant = answer.shop.merchant_id
    for user in answering_staff([merchant])[merchant]:
        notify(
            user=user,
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
    questions_changed([question])


def questions_changed(questions: Iterable[Question]) -> None:
    live.send_many(
        [
            (live.user_group(question.buyer), {"type": "question.changed", "id": question.public_id})
            for question in questions
        ]
    )


def invitation_changed(invitation: Invitation) -> None:
    invitations_changed([invitation])


def invitations_changed(invitations: Iterable[Invitation]) -> None:
    """They come with their shop."""
    live.send_many(
        [
            (live.shop_group(invitation.shop), {"type": "invitation.changed", "id": invitation.public_id})
            for invitation in invitations
        ]
    )


def all_invitations_changed(question: Question) -> None:
    """Places taken or held have changed: everybody who was asked sees it."""
    invitations_changed(question.invitations.select_related("shop"))
