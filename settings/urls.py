from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from payments_graphql.prometheus.view import metrics
from schema.http.view import graphql_view

urlpatterns = [
    path("graphql/", include("schema.urls")),
    path("graphql", graphql_view),  # a redirect would lose the body
    path("api/stripe/", include("payments_graphql.urls")),
    path("metrics", metrics),  # where Prometheus looks by default
    path("api/auth/", include("schema.auth_urls")),
    path("health/", include("payments_graphql.health.urls")),
    path("admin/", admin.site.urls),
]
if apps.is_installed("payments_graphql.demo"):
    urlpatterns += [path("", include("payments_graphql.demo.urls"))]
