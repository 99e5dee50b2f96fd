"""The parts of `.ci/mutants`: files, and the tests that must notice a change in them."""

from pathlib import Path

from mutants_engine_parts import MIRROR, OPERATIONS, WEBHOOKS, Part

REFUNDS: Part = {
    "services/refunds.py": (
        "tests/services/test_create_refund.py",
        "tests/services/test_cancel_refund.py",
        "tests/services/test_refund_meaning.py",
        "tests/services/test_overpayments.py",
        "tests/services/test_refund_preview.py",
        "tests/services/refund_approvals",
    ),
    "services/overpayments.py": ("tests/services/test_overpayments.py",),
    "services/refund_approvals.py": (
        "tests/services/refund_approvals",
        "tests/services/test_refund_limits.py",
        "tests/admin/approving_refunds",
        "tests/schema/test_refund_requests.py",
    ),
    "services/refund_limits.py": (
        "tests/services/refund_approvals",
        "tests/services/test_refund_limits.py",
        "tests/schema/test_refund_requests.py",
    ),
    "services/refund_orders.py": (
        "tests/services/refund_approvals",
        "tests/services/test_refund_limits.py",
        "tests/services/test_create_refund.py",
        "tests/services/test_overpayments.py",
        "tests/services/test_refund_meaning.py",
        "tests/admin/test_refunding.py",
    ),
    "services/failed_refunds.py": ("tests/services/test_refunds_that_fail.py",),
}
CAPTURES: Part = {
    "services/payment_intents.py": (
        "tests/services/test_capture_payment_intent.py",
        "tests/services/test_cancel_payment_intent.py",
        "tests/services/test_confirm_payment_intent.py",
        "tests/services/test_charge_off_session.py",
        "tests/services/test_off_session_advice.py",
        "tests/services/test_idempotency_keys.py",
        "tests/services/test_offered_types.py",
        "tests/services/test_sync_payment_intent.py",
        "tests/services/test_vouchers.py",
    ),
    "services/available_actions.py": (
        "tests/schema/test_refund_requests.py",
        "tests/services/test_may_pay.py",
        "tests/services/test_refund_limits.py",
        "tests/services/test_refusals.py",
    ),
    "services/saved_card_charging.py": (
        "tests/services/charging_saved_cards",
        "tests/admin/test_charging.py",
    ),
}
SERVICES: Part = {
    **REFUNDS,
    **CAPTURES,
    "services/booking_changes.py": (
        "tests/services/test_booking_changes.py",
        "tests/services/test_booking_races.py",
        "tests/services/test_deleted_users.py",
        "tests/services/test_idempotency_keys.py",
        "tests/services/test_moved_bookings.py",
    ),
    "services/booking_writes.py": (
        "tests/services/test_put_booking.py",
        "tests/services/test_putting_new_bookings.py",
        "tests/services/test_booking_prices.py",
    ),
    "services/bookings.py": (
        "tests/services/test_create_for_booking.py",
        "tests/services/test_moved_bookings.py",
        "tests/services/test_booking_changes.py",
        "tests/services/test_booking_prices.py",
        "tests/services/test_booking_races.py",
        "tests/services/test_capture_for_booking.py",
        "tests/services/test_put_booking.py",
    ),
    "services/card_testing.py": (
        "tests/prometheus/test_counting.py",
        "tests/services/card_testing",
        "tests/services/test_lifting_blocks.py",
    ),
    "services/customers.py": (
        "tests/services/test_customers.py",
        "tests/services/test_what_nobody_typed.py",
    ),
    "services/details.py": ("tests/schema/test_what_the_site_adds.py",),
    "services/dispute_files.py": (
        "tests/services/test_dispute_files.py",
        "tests/admin/test_dispute_files.py",
    ),
    "services/dispute_methods.py": ("tests/services/test_dispute_methods.py",),
    "services/dispute_prefill.py": ("tests/services/test_dispute_prefill.py",),
    "services/disputes.py": (
        "tests/services/test_disputes.py",
        "tests/services/test_dispute_files.py",
    ),
    "services/failed_attempts.py": (
        "tests/services/card_testing",
        "tests/services/test_bank_debits.py",
        "tests/services/test_lifting_blocks.py",
        "tests/services/test_off_session_advice.py",
        "tests/services/test_vouchers.py",
    ),
    "services/inputs.py": (
        "tests/services/test_bad_input.py",
        "tests/services/test_confirm_payment_intent.py",
        "tests/services/test_update_payment_intent.py",
        "tests/services/test_what_nobody_typed.py",
    ),
    "services/locking.py": (
        "tests/services/test_capture_for_booking.py",
        "tests/services/test_refund_meaning.py",
    ),
    "services/notes.py": (
        "tests/services/test_notes.py",
        "tests/admin/test_payment_notes.py",
    ),
    "services/offered_types.py": ("tests/services/test_offered_types.py",),
    "services/payable_details.py": (
        "tests/services/test_create_for_booking.py",
        "tests/services/test_moved_bookings.py",
    ),
    "services/payment_creation.py": (
        "tests/services/test_bad_input.py",
        "tests/services/test_create_payment_intent.py",
        "tests/services/test_create_for_booking.py",
        "tests/services/test_idempotency_keys.py",
        "tests/services/test_moved_bookings.py",
        "tests/services/test_offered_types.py",
        "tests/services/test_what_nobody_typed.py",
        "tests/admin/test_charging.py",
        "tests/schema/test_what_the_site_adds.py",
    ),
    "services/payment_methods.py": (
        "tests/services/test_payment_methods.py",
        "tests/services/test_removing_cards.py",
    ),
    "services/payment_updates.py": (
        "tests/services/test_moved_bookings.py",
        "tests/services/test_update_payment_intent.py",
        "tests/schema/test_what_the_site_adds.py",
    ),
    "services/payouts.py": ("tests/services/test_payouts.py", "tests/admin/payouts"),
    "services/results.py": (
        "tests/services/test_confirm_payment_intent.py",
        "tests/services/test_off_session_advice.py",
        "tests/services/test_stripe_service.py",
        "tests/services/test_update_payment_intent.py",
    ),
    "services/retries.py": (
        "tests/services/test_create_payment_intent.py",
        "tests/admin/test_charging.py",
    ),
    "services/returning.py": (
        "tests/services/test_confirm_payment_intent.py",
        "tests/services/test_offered_types.py",
    ),
    "services/reviews.py": ("tests/admin/test_resolving.py", "tests/operations/test_resolving.py"),
    "services/setup_intents.py": (
        "tests/operations/test_looking.py",
        "tests/services/test_create_setup_intent.py",
        "tests/services/card_testing/test_canceling.py",
    ),
    "services/stripe_service.py": (
        "tests/services/test_booking_changes.py",
        "tests/services/test_cancel_refund.py",
        "tests/services/test_confirm_payment_intent.py",
        "tests/services/test_create_for_booking.py",
        "tests/services/test_create_payment_intent.py",
        "tests/services/test_create_setup_intent.py",
        "tests/services/test_customers.py",
        "tests/services/test_overpayments.py",
        "tests/services/test_payment_methods.py",
        "tests/services/test_stripe_service.py",
        "tests/services/test_update_payment_intent.py",
    ),
    "services/unasked.py": ("tests/services/test_what_nobody_typed.py",),
}
PARTS: dict[str, Part] = {
    "money": {"money.py": ("tests/money",)},
    "policy": {"policy.py": ("tests/test_policy.py",)},
    "refunds": {**REFUNDS, "mirror/refunds.py": ("tests/mirror/test_refunds.py",)},
    "captures": CAPTURES,
    "operations": OPERATIONS,
    "mirror": MIRROR,
    "services": SERVICES,
    "webhooks": WEBHOOKS,
}


def list_faults(root: Path) -> list[str]:
    """Files of the packages without tests, and names of files that don't exist."""
    package, listed = root / "payments_graphql", {file for part in PARTS.values() for file in part}
    files = {
        str(path.relative_to(package))
        for name in ("operations", "mirror", "services", "webhooks")
        for path in (package / name).rglob("*.py")
        if path.name != "__init__.py"
    }
    tests = {test for part in PARTS.values() for tests in part.values() for test in tests}
    return [
        *(f"no tests are named for {file}" for file in sorted(files - listed)),
        *(f"{file} does not exist" for file in sorted(listed) if not (package / file).exists()),
        *(f"{test} does not exist" for test in sorted(tests) if not (root / test).exists()),
    ]
