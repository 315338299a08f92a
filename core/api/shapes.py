"""Serializers that are made once: making one copies each of its fields, which costs more than using it.

For the API's busiest ways, and for serializers whose shape depends on nothing but the class.
"""

from functools import cache
from typing import Any

from rest_framework.serializers import BaseSerializer


def parsed(serializer: type[BaseSerializer], data: Any) -> dict[str, Any]:
    """The validated data. Raises ValidationError."""
    return dict(_made(serializer).run_validation(data))


def shown(serializer: type[BaseSerializer], row: Any) -> dict[str, Any]:
    return dict(_made(serializer).to_representation(row))


@cache
def _made(serializer: type[BaseSerializer]) -> BaseSerializer:
    return serializer()
