"""Makes dj-stripe's tables and its webhook endpoint: `python -m tests.bench.peers.djstripe.set_up`.

The endpoint is synchronized from Stripe's object, as the admin does that dj-stripe's documentation
names. It is not registered at Stripe, since the bench sends the events itself.
"""

import os
import time

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.peers.djstripe.settings"


def set_up() -> None:
    django.setup()
    call_command("migrate", verbosity=0)

    from djstripe.models import WebhookEndpoint

    WebhookEndpoint.sync_from_stripe_data(
        {
            "id": "we_bench",
            "object": "webhook_endpoint",
            "api_version": None,
            "created": int(time.time()),
            "description": None,
            "enabled_events": ["*"],
            "livemode": False,
            "metadata": {"djstripe_uuid": os.environ["PEER_ENDPOINT"]},
            "secret": os.environ["STRIPE_WEBHOOK_SECRET"],
            "status": "enabled",
            "url": "http://127.0.0.1/",
            "djstripe_validation_method": "verify_signature",
        },
        api_key=os.environ["STRIPE_SECRET_KEY"],
    )


if __name__ == "__main__":
    set_up()
