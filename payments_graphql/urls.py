from django.urls import path

from .proxy_probe import probe
from .webhooks.view import stripe_webhook

urlpatterns = [
    path("webhooks/stripe/", stripe_webhook, name="stripe-webhook"),
    path("probe/", probe, name="payments-probe"),
]
