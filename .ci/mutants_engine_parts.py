"""The parts `operations`, `mirror` and `webhooks` of `.ci/mutants`: see `mutants_parts.py`."""

type Part = dict[str, tuple[str, ...]]
"""Files in `payments_graphql/`, and the tests that must notice a change in each."""

OPERATIONS: Part = {
    "operations/finding.py": (
        "tests/operations/test_finding_updates.py",
        "tests/operations/test_looking.py",
        "tests/operations/test_outcomes.py",
        "tests/operations/repeating",
        "tests/operations/test_resuming_more_kinds.py",
    ),
    "operations/kinds.py": (
        "tests/operations/test_looking.py",
        "tests/operations/repeating",
        "tests/operations/test_resuming_more_kinds.py",
    ),
    "operations/one_at_a_time.py": (
        "tests/operations/test_marks.py",
        "tests/operations/repeating",
        "tests/operations/test_resuming.py",
    ),
    "operations/outcomes.py": (
        "tests/operations/test_fence.py",
        "tests/operations/test_marks.py",
        "tests/operations/test_outcomes.py",
    ),
    "operations/performing.py": (
        "tests/operations/test_marks.py",
        "tests/operations/test_outcomes.py",
        "tests/operations/test_resuming_more_kinds.py",
        "tests/services/test_idempotency_keys.py",
    ),
    "operations/refusals.py": (
        "tests/operations/test_explaining.py",
        "tests/operations/test_refusals.py",
    ),
    "operations/resuming.py": (
        "tests/operations/test_fence.py",
        "tests/operations/test_gateways.py",
        "tests/operations/test_looking.py",
        "tests/operations/test_marks.py",
        "tests/operations/repeating",
        "tests/operations/test_resolving.py",
        "tests/operations/test_resuming.py",
    ),
    "operations/running.py": (
        "tests/operations/test_gateways.py",
        "tests/operations/test_looking.py",
        "tests/operations/test_marks.py",
        "tests/operations/test_outcomes.py",
        "tests/operations/test_resuming.py",
        "tests/operations/test_waiting.py",
    ),
    "operations/sending.py": (
        "tests/operations/test_fence.py",
        "tests/operations/test_outcomes.py",
    ),
    "operations/settling.py": (
        "tests/mirror/test_held_rows.py",
        "tests/operations/test_fence.py",
        "tests/operations/test_gateways.py",
        "tests/operations/test_looking.py",
        "tests/operations/test_marks.py",
        "tests/operations/test_outcomes.py",
        "tests/services/test_customers.py",
    ),
    "operations/transactions.py": (
        "tests/operations/test_gateways.py",
        "tests/services/test_open_transactions.py",
    ),
    "operations/waiting.py": (
        "tests/operations/test_shares.py",
        "tests/operations/test_waiting.py",
    ),
}
MIRROR: Part = {
    "mirror/changes.py": (
        "tests/mirror/test_fields.py",
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_signals.py",
    ),
    "mirror/charges.py": ("tests/mirror/test_charges.py",),
    "mirror/comparing.py": ("tests/reconciliation/drift",),
    "mirror/customers.py": (
        "tests/accounts/test_account.py",
        "tests/mirror/test_adopting_customers.py",
        "tests/mirror/test_cards_in_any_order.py",
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_reading.py",
        "tests/services/test_customers.py",
        "tests/webhooks/test_handling.py",
    ),
    "mirror/disputes.py": (
        "tests/mirror/test_dispute_reminders.py",
        "tests/mirror/test_disputes_that_move_on.py",
        "tests/mirror/test_fields_of_others.py",
    ),
    "mirror/fees.py": ("tests/figures/test_fees.py",),
    "mirror/fitting.py": ("tests/mirror/test_what_does_not_fit.py",),
    "mirror/held_rows.py": ("tests/mirror/test_held_rows.py",),
    "mirror/next_reads.py": ("tests/reconciliation/test_rereading.py",),
    "mirror/outbox.py": (
        "tests/mirror/test_disputes_that_move_on.py",
        "tests/mirror/test_signals.py",
    ),
    "mirror/overpayments.py": (
        "tests/services/test_booking_races.py",
        "tests/services/test_moved_bookings.py",
        "tests/services/test_overpayments.py",
    ),
    "mirror/ownership.py": (
        "tests/mirror/test_adoption.py",
        "tests/mirror/test_fields.py",
        "tests/mirror/test_held_rows.py",
        "tests/operations/test_resolving.py",
    ),
    "mirror/payment_intents.py": (
        "tests/mirror/test_adoption.py",
        "tests/mirror/test_fields.py",
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_held_rows.py",
        "tests/services/test_off_session_advice.py",
    ),
    "mirror/payment_methods.py": (
        "tests/mirror/test_cards_in_any_order.py",
        "tests/mirror/test_charges.py",
        "tests/mirror/test_fields.py",
        "tests/mirror/test_fields_of_others.py",
        "tests/reconciliation/drift",
        "tests/services/test_off_session_advice.py",
    ),
    "mirror/reading.py": (
        "tests/accounts/test_account.py",
        "tests/mirror/test_adoption.py",
        "tests/mirror/test_cards_in_any_order.py",
        "tests/mirror/test_reading.py",
        "tests/reconciliation/test_rereading.py",
        "tests/webhooks/test_replaying.py",
    ),
    "mirror/receivers.py": ("tests/mirror/test_receivers.py",),
    "mirror/refunds.py": (
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_held_rows.py",
        "tests/mirror/test_refunds.py",
    ),
    "mirror/rehearsal.py": ("tests/reconciliation/drift",),
    "mirror/rows.py": (
        "tests/mirror/test_charges.py",
        "tests/mirror/test_fields.py",
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_rows.py",
        "tests/mirror/test_what_does_not_fit.py",
        "tests/reconciliation/drift",
    ),
    "mirror/setup_intents.py": (
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_held_rows.py",
        "tests/mirror/test_setup_intents.py",
    ),
    "mirror/source.py": (
        "tests/mirror/test_answers_that_take_time.py",
        "tests/mirror/test_fields_of_others.py",
        "tests/mirror/test_order_of_updates.py",
    ),
}
WEBHOOKS: Part = {
    "webhooks/causes.py": ("tests/test_correlation.py", "tests/test_tracing.py"),
    "webhooks/claiming.py": (
        "tests/webhooks/test_draining.py",
        "tests/webhooks/test_handling.py",
        "tests/webhooks/test_inbox.py",
    ),
    "webhooks/erased.py": ("tests/erasing",),
    "webhooks/handlers.py": (
        "tests/webhooks/test_handling.py",
        "tests/webhooks/test_inbox.py",
        "tests/webhooks/test_other_versions.py",
    ),
    "webhooks/inbox.py": (
        "tests/webhooks/test_draining.py",
        "tests/webhooks/test_inbox.py",
        "tests/webhooks/test_nudging.py",
        "tests/webhooks/test_other_versions.py",
    ),
    "webhooks/middleware.py": ("tests/webhooks/test_middleware.py",),
    "webhooks/nudging.py": ("tests/webhooks/test_nudging.py",),
    "webhooks/refusals.py": (
        "tests/problems/test_kinds.py",
        "tests/webhooks/test_signature.py",
    ),
    "webhooks/replaying.py": ("tests/webhooks/test_replaying.py",),
    "webhooks/storing.py": (
        "tests/webhooks/test_bodies.py",
        "tests/webhooks/test_draining.py",
        "tests/webhooks/test_inbox.py",
    ),
    "webhooks/view.py": ("tests/webhooks/test_bodies.py", "tests/webhooks/test_signature.py"),
}
