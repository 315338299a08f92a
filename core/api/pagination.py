from django.core.exceptions import ValidationError
from django.utils.timezone import is_naive
from rest_framework import exceptions, pagination
from rest_framework.response import Response


class CursorPagination(pagination.CursorPagination):
    """Newest first; stable while rows are added. `limit` 1 to 100."""

    page_size_query_param = "limit"
    max_page_size = 100
    ordering = "-id"

    def paginate_queryset(self, queryset, request, view=None):
        self.queryset = queryset
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request):
        """The framework looks at a cursor's form, but hands its position to the database whatever it says."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not self._is_position(cursor.position):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor

    def _is_position(self, text: str) -> bool:
        """Whether it is a value of what the rows are ordered by: a time, or a number that PostgreSQL can hold."""
        name = self.ordering[0].lstrip("-")
        annotation = self.queryset.query.annotations.get(name)
        field = annotation.output_field if annotation is not None else self.queryset.model._meta.get_field(name)
        try:
            value = field.to_python(text)
        except ValidationError:
            return False
        return abs(value) < 2**63 if isinstance(value, int) else not is_naive(value)

    def get_paginated_response(self, data):
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})

    def get_paginated_response_schema(self, schema):
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }
