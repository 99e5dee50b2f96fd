from django.urls import include, path

from settings.urls import urlpatterns as site

urlpatterns = [*site, path("", include("payments_graphql.demo.urls"))]
