"""Run as a program: rows for every page of the admin, made as they come about.

Prints what the browser needs to know, as JSON.
"""

import json

import django

PASSWORD = "travel"


def main() -> None:
    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from knox.models import get_token_model

    from payments_graphql import figures

    users = get_user_model().objects
    users.create_superuser("sam", "sam@example.com", PASSWORD)
    for name, group in (("sue", "Support"), ("fay", "Finance")):
        user = users.create_user(name, f"{name}@example.com", PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=group))
    alice = users.create_user("alice", "alice@example.com", PASSWORD)
    _make_payments(alice)
    large = _make_large_payment(alice)
    list(figures.rebuild())
    _, token = get_token_model().objects.create(alice)
    print(json.dumps({"token": token, "large_payment": large}))


def _make_large_payment(user: object) -> str:
    """One whose refund takes a second person. Returns its id at Stripe."""
    from payments_graphql.services import StripeService

    service = StripeService()
    created = service.create_payment_intent(user=user, amount="1500.00", currency="USD")
    intent = created["payment_intent"]
    service.confirm_payment_intent(intent, payment_method="pm_card_visa")
    return str(intent.stripe_payment_intent_id)


def _make_payments(user: object) -> None:
    from payments_graphql.models import (
        Booking,
        EventState,
        Operation,
        OperationState,
        StripeDispute,
        StripeWebhookEvent,
    )
    from payments_graphql.reconciliation import reconcile
    from payments_graphql.services import StripeService, disputes

    service = StripeService()
    booking = Booking.objects.create(
        reference="LIS-1", user=user, description="Lisbon", amount=9999, currency="USD"
    )

    def pay(method: str, **values: object) -> object:
        created = service.create_payment_intent(user=user, **values)
        confirmed = service.confirm_payment_intent(created["payment_intent"], payment_method=method)
        return confirmed["payment_intent"]

    pay("pm_card_visa", booking=booking, save_payment_method=True, metadata={"room": "12"})
    pay("pm_card_createDispute", amount="20.00", currency="USD")
    pay("pm_card_createDispute", amount="30.00", currency="USD")  # which a test wins
    pay("pm_card_chargeDeclined", amount="20.00", currency="USD")
    reconcile()
    disputed = StripeDispute.objects.get(amount=2000)
    draft = {"customer_name": "Alice"}
    disputes.submit_dispute_evidence(dispute=disputed, evidence=draft, submit=False)
    refundable = pay("pm_card_refundRequiresAction", amount="20.00", currency="USD")
    service.create_refund(refundable, amount="5.00")
    service.create_setup_intent(user=user)
    reconcile()
    Booking.objects.update(amount=5000)  # and so it is overpaid
    StripeWebhookEvent.objects.update(state=EventState.DEAD, attempts=12, error="disk full")
    needing = Operation.objects.order_by("-created_at")[:1].values_list("pk", flat=True)
    Operation.objects.filter(pk__in=list(needing)).update(state=OperationState.NEEDS_REVIEW)


if __name__ == "__main__":
    main()
