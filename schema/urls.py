from django.urls import path

from .stream_view import open_stream
from .view import graphql_view

app_name = "payments_schema"
urlpatterns = [
    path("", graphql_view, name="graphql"),
    path("stream/", open_stream, name="stream"),
    path("stream", open_stream),  # a redirect would lose the body
]
