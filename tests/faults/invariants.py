"""What must hold after every case, whatever went wrong. The sandbox is the witness."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import stripe

from payments_graphql.mirror import outbox
from payments_graphql.models import (
    Operation,
    StatusChange,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from tests.faults import witness
from tests.faults.passing_time import reconcile_twice

_INTENT = ("status", "amount", "amount_capturable", "amount_received", "cancellation_reason")
_REFUND = ("status", "amount", "failure_reason")
_SETUP = ("status", "usage")


def assert_all(dashboard: stripe.StripeClient, *, needs_review: Iterable[str] = ()) -> None:
    """`needs_review`: the kinds of operations that only a person can settle."""
    reconcile_twice()
    _assert_everything_is_settled(sorted(needs_review))
    objects = _Objects(dashboard)
    _assert_one_effect_each(objects)
    _assert_nothing_is_overpaid(objects)
    _assert_mirrored(objects)
    _assert_changes_were_recorded_once()
    _assert_signals_were_sent()


class _Objects:
    """All objects of this kind in the sandbox."""

    def __init__(self, dashboard: stripe.StripeClient) -> None:
        every = {"limit": 100}
        v1 = dashboard.v1
        self.customers = _collect(v1.customers.list(every))
        self.intents = _collect(v1.payment_intents.list(every))
        self.charges = _collect(v1.charges.list(every))
        self.refunds = _collect(v1.refunds.list(every))
        self.setups = _collect(v1.setup_intents.list(every))
        self.methods = {
            row.stripe_payment_method_id: v1.payment_methods.retrieve(row.stripe_payment_method_id)
            for row in StripePaymentMethod.objects.all()
        }


def _collect(page: Any) -> list[dict[str, Any]]:
    return [item.to_dict() for item in page.auto_paging_iter()]


def _assert_everything_is_settled(needs_review: list[str]) -> None:
    open_ones = Operation.objects.exclude(state__in=("succeeded", "failed"))
    assert all(one.state == "needs_review" for one in open_ones), [
        (one.kind, one.state, one.attempts) for one in open_ones
    ]
    assert sorted(one.kind for one in open_ones) == needs_review


def _assert_one_effect_each(objects: _Objects) -> None:
    """Finds the object by our id in the metadata, which only one create request contains."""
    for kind in (objects.customers, objects.intents, objects.refunds, objects.setups):
        count = Counter(one["metadata"].get("payments_operation") for one in kind)
        count.pop(None, None)
        assert all(number == 1 for number in count.values()), count
    charged = Counter(
        charge["payment_intent"] for charge in objects.charges if charge["status"] == "succeeded"
    )
    assert all(number == 1 for number in charged.values()), charged


def _assert_nothing_is_overpaid(objects: _Objects) -> None:
    for intent in objects.intents:
        given = sum(
            refund["amount"]
            for refund in objects.refunds
            if refund["payment_intent"] == intent["id"]
            and refund["status"] not in ("failed", "canceled")
        )
        assert given <= intent["amount_received"]


def _assert_mirrored(objects: _Objects) -> None:
    intents = {row.stripe_payment_intent_id: row for row in StripePaymentIntent.objects.all()}
    refunds = {row.stripe_refund_id: row for row in StripeRefund.objects.all()}
    setups = {row.stripe_setup_intent_id: row for row in StripeSetupIntent.objects.all()}
    _assert_alike(intents, objects.intents, _INTENT)
    _assert_alike(refunds, objects.refunds, _REFUND)
    _assert_alike(setups, objects.setups, _SETUP)
    for row in StripePaymentMethod.objects.all():
        at_stripe = objects.methods[row.stripe_payment_method_id]
        assert row.is_attached == bool(at_stripe.customer)


def _assert_alike(
    rows: Mapping[str | None, Any], at_stripe: list[dict[str, Any]], names: tuple[str, ...]
) -> None:
    # A reservation without an id may only stay if a person has to decide.
    known = {stripe_id for stripe_id in rows if stripe_id is not None}
    assert known == {one["id"] for one in at_stripe}
    for one in at_stripe:
        row = rows[one["id"]]
        assert {name: getattr(row, name) for name in names} == {
            name: one.get(name) or type(getattr(row, name))() for name in names
        }, one["id"]


def _assert_changes_were_recorded_once() -> None:
    def subject(change: StatusChange) -> tuple[str, str]:
        for name in ("refund_id", "dispute_id", "setup_intent_id"):
            if getattr(change, name):
                return name, str(getattr(change, name))
        return "payment_intent_id", str(change.payment_intent_id)

    changes = sorted(StatusChange.objects.all(), key=lambda change: (subject(change), change.pk))
    for about, of_one in groupby(changes, key=subject):
        status, told = "", set[str]()
        for change in of_one:
            assert change.from_status == status, f"{about}: {change} after {status!r}"
            is_repeat = change.to_status == status and not change.failure_code
            assert not is_repeat, f"{about}: {change} is recorded twice"
            status = change.to_status
            told.add(status)
        assert status == _get_status(*about), about


def _get_status(name: str, pk: str) -> str:
    model = StatusChange._meta.get_field(name.removesuffix("_id")).related_model
    status: str = model._default_manager.values_list("status", flat=True).get(pk=pk)
    return status


def _assert_signals_were_sent() -> None:
    signaled = witness.get_signaled()
    for change in StatusChange.objects.all():
        assert change.signaled_at is not None, change
        assert not outbox._choose(change) or change.pk in signaled, change
