from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from payments_graphql.conf import conf


def home(request: HttpRequest) -> HttpResponse:
    """The page with links to everything. It shows only public information."""
    return render(
        request,
        "payments_graphql/home.html",
        {
            "graphiql_is_on": conf.PAYMENTS_GRAPHIQL,
            "livemode": conf.livemode,
            "sandbox_url": conf.STRIPE_API_BASE if settings.DEBUG else "",
            "webhook_url": request.build_absolute_uri(reverse("payments_graphql:stripe-webhook")),
        },
    )
