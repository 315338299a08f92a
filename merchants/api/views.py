from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import SignedIn
from merchants.middleware import memberships_of

from .serializers import WorkplaceSerializer


class Workplaces(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=WorkplaceSerializer(many=True))
    def get(self, request):
        """The merchants that the caller works for, with what each role may do."""
        return Response(WorkplaceSerializer(memberships_of(request.user), many=True).data)
