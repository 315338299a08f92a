from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import User, WeChatIdentity
from merchants.models import Application, ApplicationDocument, InviteBatch, Membership, Merchant, Role

Kind = Application.Kind
DocumentKind = ApplicationDocument.Kind


@dataclass(frozen=True)
class BatchCounts:
    """`active`: can still be redeemed."""

    issued: int
    redeemed: int
    active: int


def with_counts(batches: QuerySet[InviteBatch]) -> QuerySet[InviteBatch]:
    """Annotate issued, redeemed and unused (neither redeemed nor revoked)."""
    return batches.annotate(
        issued=Count("codes"),
        redeemed=Count("codes", filter=Q(codes__redeemed_at__isnull=False)),
        unused=Count("codes", filter=Q(codes__redeemed_at=None, codes__revoked_at=None)),
    )


def batch_counts(batch: InviteBatch) -> BatchCounts:
    row = with_counts(InviteBatch.objects.filter(pk=batch.pk)).get()
    return BatchCounts(row.issued, row.redeemed, row.unused if row.is_open else 0)


def open_application(user) -> Application | None:
    """The one the person is still busy with, or waiting for."""
    return Application.objects.filter(applicant=user, status__in=["draft", "submitted", "more_needed"]).first()


def needs_licence(kind: str) -> bool:
    """Companies and registered self-employed have a licence; small stalls and individual sellers have none."""
    return kind in (Kind.COMPANY, Kind.SELF_EMPLOYED)


def documents_needed(application: Application) -> list[DocumentKind]:
    identity = [DocumentKind.ID_FRONT, DocumentKind.ID_BACK]
    return [DocumentKind.LICENCE, *identity] if needs_licence(application.kind) else identity


def documents_missing(application: Application) -> list[DocumentKind]:
    there = set(application.documents.values_list("kind", flat=True))
    return [kind for kind in documents_needed(application) if kind not in there]


def staff_of(merchant: Merchant) -> list[Membership]:
    """Live memberships with `is_reachable`: whether WeChat messages can reach the person. Two queries."""
    members = list(merchant.memberships.filter(removed_at=None).select_related("user").order_by("pk"))
    following = set(
        WeChatIdentity.objects.filter(
            user__in=[m.user_id for m in members], kind=WeChatIdentity.Kind.OFFICIAL_ACCOUNT, is_following=True
        ).values_list("user_id", flat=True)
    )
    for member in members:
        member.is_reachable = member.user_id in following
    return members


def roles_to_give(membership: Membership) -> list[str]:
    """Roles that a member may hand out and take back: never owner, and none that can more than they can."""
    mine = Membership.CAPABILITIES[membership.role]
    return [
        role
        for role, theirs in Membership.CAPABILITIES.items()
        if role != "owner" and theirs <= mine and membership.can("staff")
    ]


def may_manage(membership: Membership, other: Membership) -> bool:
    same = membership.merchant_id == other.merchant_id
    return same and membership.pk != other.pk and other.role in roles_to_give(membership)


def staff_who_can(merchant: Merchant, capability: str) -> list[User]:
    """The people of a merchant whose role allows `capability`, to be told what concerns them."""
    roles = [role for role in Role if capability in Membership.CAPABILITIES[role]]
    live = Membership.objects.filter(merchant=merchant, removed_at=None, role__in=roles)
    return [membership.user for membership in live.select_related("user")]
