from django.urls import path

from .prometheus.view import metrics
from .proxy_probe import probe
from .webhooks.view import stripe_webhook

app_name = "payments_graphql"
urlpatterns = [
    path("webhooks/stripe/", stripe_webhook, name="stripe-webhook"),
    path("webhooks/stripe", stripe_webhook),  # a redirect would lose the body
    path("metrics", metrics, name="metrics"),
    path("probe/", probe, name="probe"),
]
