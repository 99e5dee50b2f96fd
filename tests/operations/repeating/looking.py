"""The state of an operation, here and at Stripe."""

from datetime import timedelta

from payments_graphql.models import Operation

AFTER_THE_LEASE = timedelta(minutes=3)


def get_operation(kind: str) -> Operation:
    return Operation.objects.filter(kind=kind).latest("created_at")


def list_posts(stripe_link, path: str) -> list[str]:
    return [key for method, to, key in stripe_link.received if method == "POST" and path in to]
