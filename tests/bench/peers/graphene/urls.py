from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView
from knox.auth import TokenAuthentication

from .schema import schema


class _View(GraphQLView):
    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        request.user, _token = TokenAuthentication().authenticate(request)
        return super().dispatch(request, *arguments, **named)


urlpatterns = [path("by_graphene/page/", csrf_exempt(_View.as_view(schema=schema)))]
