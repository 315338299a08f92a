"""Words that are kept as a code and its parts, and said in the language of whoever reads them.

Words that were made when something happened would keep the language of that request.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def said(kept: dict[str, Any]) -> Any:
    """What settings.WORDINGS makes of `kept` by its "code", in the language in force; without a code it stays as it is."""
    return import_string(settings.WORDINGS[kept["code"]])(kept) if "code" in kept else kept
