from accounts.models import User

from .models import InboxItem


def unread_count(user_id: int) -> int:
    """News that the person has not looked at yet."""
    return InboxItem.objects.filter(user=user_id, read_at=None).count()


def export_of(user: User) -> list[dict]:
    """What the person was told, oldest first."""
    items = InboxItem.objects.filter(user=user).order_by("pk")
    return [{"at": item.created_at.isoformat(), "title": item.title, "text": item.body} for item in items]
