"""Run as a program: payments as staff meet them. Prints their ids, as JSON."""

import json

import django

from tests.browser.furnish import PASSWORD


def main() -> None:
    django.setup()
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    sam = users.create_superuser("sam", "sam@example.com", PASSWORD, first_name="Sam")
    alice = users.create_user(
        "alice", "alice@example.com", PASSWORD, first_name="Alice", last_name="Example"
    )
    print(json.dumps({name: str(pk) for name, pk in _make_payments(alice, sam).items()}))


def _make_payments(user: object, staff: object) -> dict[str, object]:
    from payments_graphql.models import Booking
    from payments_graphql.reconciliation import reconcile
    from payments_graphql.services import StripeService

    service = StripeService()

    def book(reference: str, description: str, amount: int) -> Booking:
        return Booking.objects.create(
            reference=reference, user=user, description=description, amount=amount, currency="EUR"
        )

    def pay(method: str, **values: object) -> object:
        created = service.create_payment_intent(user=user, **values)
        confirmed = service.confirm_payment_intent(created["payment_intent"], payment_method=method)
        return confirmed["payment_intent"]

    made = {}
    for suffix in ("", "_narrow"):  # for the tests at each width
        booking = book(f"LIS-1{suffix}", "Lisbon, 3 nights", 31000)
        made[f"paid{suffix}"] = pay("pm_card_visa", booking=booking, save_payment_method=True)
        made[f"held{suffix}"] = pay(
            "pm_card_visa", amount="80.00", currency="EUR", capture_method="manual"
        )
    declined = pay(
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        booking=book("ROM-2", "Rome, city tour", 12500),
    )
    disputed = pay("pm_card_createDispute", amount="25.00", currency="USD", description="Transfer")
    busy = pay("pm_card_refundRequiresAction", booking=book("PAR-3", "Paris, 2 nights", 20000))
    service.create_refund(busy, amount="12.00", reason="requested_by_customer", user=staff)
    reconcile()
    made |= {"declined": declined, "disputed": disputed, "busy": busy}
    return {name: intent.pk for name, intent in made.items()}


if __name__ == "__main__":
    main()
