from django.core.files.storage import Storage, storages


def private_storage() -> Storage:
    """Where files lie that only a view may hand out. A function, so that migrations hold no path."""
    return storages["private"]
