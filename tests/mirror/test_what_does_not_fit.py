"""Updates are stored whatever text or number they contain.

On PostgreSQL each of these values would prevent it. On SQLite, whose columns have no lengths, the
stored values are the same.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.mirror import Source
from payments_graphql.mirror.fitting import fit
from payments_graphql.models import CauseKind, MirroredModel, StatusChange, StripePaymentMethod

UNSTORABLE = "\0\ud83d"
KEPT = {"id", "object", "status", "customer", "payment_intent", "charge"}
NUMBERS = {"exp_month": 99_999, "exp_year": -1, "submission_count": 2**40, "due_by": 10**18}

MODELS = [
    *(model for model in apps.get_models() if issubclass(model, MirroredModel)),
    StatusChange,
]
COLUMNS = [(model, field) for model in MODELS for field in model._meta.concrete_fields]


def _swell(value, text, key=""):
    """Every text and number of a Stripe object that does not identify it."""
    if isinstance(value, dict):
        return {name: _swell(item, text, name) for name, item in value.items()} | (
            {f"{UNSTORABLE}k": f"{UNSTORABLE}v"} if key == "metadata" else {}
        )
    if isinstance(value, list):
        return [_swell(item, text, key) for item in value]
    if key in NUMBERS:
        return NUMBERS[key]
    return text if isinstance(value, str) and key not in KEPT else value


@pytest.mark.parametrize(
    ("model", "field"), COLUMNS, ids=lambda one: getattr(one, "name", getattr(one, "__name__", ""))
)
def test_every_column_gets_a_value_that_fits(model, field):
    if isinstance(field, models.CharField | models.TextField):
        fitted = fit(model, {field.attname: f"{UNSTORABLE}{'x' * 5000}"})[field.attname]
        length = 5000 if field.unique or field.max_length is None else field.max_length
        assert fitted == "x" * length
    elif isinstance(field, models.IntegerField) and not field.primary_key:
        for number in (10**30, -(10**30)):
            fitted = fit(model, {field.attname: number})[field.attname]
            assert fitted is None if field.null else -(2**63) <= fitted < 2**63
        assert fit(model, {field.attname: 7}) == {field.attname: 7}
    elif isinstance(field, models.JSONField):
        nested = {f"a{UNSTORABLE}": [f"{UNSTORABLE}b", {"c": 1}]}
        assert fit(model, {field.attname: nested}) == {field.attname: {"a": ["b", {"c": 1}]}}
    else:
        given = {field.attname: timezone.now()}
        assert fit(model, given) == given


@pytest.fixture
def customer(service, alice, sandbox):
    return service.get_or_create_customer(alice)["customer"]


@pytest.fixture
def objects(customer, dashboard):
    """One object of each type, as Stripe has it, unknown here."""
    v1, its_id = dashboard.v1, customer.stripe_customer_id
    intent = v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": its_id,
            "payment_method": "pm_card_createDisputeInquiry",
            "setup_future_usage": "off_session",
            "confirm": True,
            "metadata": {"order": "7"},
            "description": "Lisbon",
            "receipt_email": "alice@example.com",
            "expand": ["latest_charge", "payment_method"],
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 100, "reason": "duplicate"})
    setup = v1.setup_intents.create(
        {"customer": its_id, "payment_method": "pm_card_visa", "confirm": True}
        | {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
        | {"expand": ["payment_method"]}
    )
    found = {
        "payment_intent": intent,
        "refund": refund,
        "dispute": v1.disputes.list({"payment_intent": intent.id}).data[0],
        "setup_intent": setup,
        "payment_method": setup.payment_method,
    }
    return {kind: one.to_dict() for kind, one in found.items()}


def _apply(objects, text, seconds):
    at = timezone.now() + timedelta(seconds=seconds)
    for kind, found in objects.items():
        with transaction.atomic():
            source = Source(CauseKind.EVENT, f"evt_{kind}", at)
            mirror.MIRRORED[kind].apply(_swell(found, text), source)


def _get_rows(objects):
    return {kind: mirror.get_row(kind, found["id"]) for kind, found in objects.items()}


def test_every_oversized_value_is_stored_for_new_and_known_rows(objects):
    for seconds, letter in ((60, "x"), (120, "y")):
        _apply(objects, f"{UNSTORABLE}{letter * 5000}", seconds)
        rows = _get_rows(objects)
        for kind, found in objects.items():
            if kind != "payment_method":
                assert rows[kind].status == found["status"]
        assert rows["payment_intent"].amount_received == 500
        assert rows["payment_intent"].description == letter * 1000
        assert rows["payment_intent"].metadata == {"order": letter * 5000, "k": "v"}
        assert rows["refund"].amount == 100
        assert rows["dispute"].reason == letter * 64
        assert rows["dispute"].evidence_due_by is None
        method = rows["payment_method"]
        assert (method.is_attached, method.exp_month, method.exp_year) == (True, None, None)
        assert method.type == letter * 64

    _apply(objects, f"{UNSTORABLE}{'y' * 5000}", 180)
    again = _get_rows(objects)
    # A text that was cut is not a change each time it arrives.
    assert {kind: row.version for kind, row in again.items()} == {
        kind: row.version for kind, row in rows.items()
    }


@pytest.mark.parametrize("amount", [2**70, -(2**70)])
def test_an_amount_out_of_range_is_logged(objects, caplog, amount):
    objects["payment_intent"]["amount_received"] = amount
    _apply(objects, "x", 60)

    row = _get_rows(objects)["payment_intent"]
    assert (row.status, row.amount) == ("succeeded", 500)
    assert abs(row.amount_received) >= 2**63 - 1
    (line,) = [one for one in caplog.records if "out_of_range" in one.getMessage()][:1]
    assert line.levelname == "ERROR"


def test_a_failed_attempt_with_a_long_code_is_stored(objects, customer):
    failed = objects["payment_intent"] | {
        "status": "requires_payment_method",
        "last_payment_error": {"type": "card_error", "code": "x" * 300, "message": "\0"},
        "payment_method": None,
    }
    with transaction.atomic():
        source = Source(CauseKind.EVENT, "evt_" + "1" * 400, timezone.now())
        mirror.apply_payment_intent(failed, source)

    change = StatusChange.objects.get()
    assert change.failure_code == "x" * 64
    assert change.payment_intent.last_error["message"] == ""


@pytest.mark.parametrize("type", ["sepa_debit", "us_bank_account"])
def test_bank_debits_have_their_digits_and_fingerprint(customer, type):
    payload = {
        "id": "pm_1",
        "customer": customer.stripe_customer_id,
        "type": type,
        type: {"last4": "3000", "fingerprint": "f" * 16, "country": "DE"},
    }
    with transaction.atomic():
        mirror.apply_payment_method(payload, Source(CauseKind.EVENT, "evt_1", timezone.now()))

    method = StripePaymentMethod.objects.get()
    assert (method.last4, method.fingerprint, method.country) == ("3000", "f" * 16, "DE")


def test_a_charge_whose_card_does_not_fit_names_its_payment(objects, customer):
    with transaction.atomic():
        source = Source(CauseKind.EVENT, "evt_1", timezone.now())
        intent = objects["payment_intent"] | {"payment_method": None}
        mirror.apply_payment_intent(intent, source)
        charge = _swell(objects["payment_intent"]["latest_charge"], "z" * 5000)
        mirror.apply_charge(charge | {"payment_method": "pm_1"})

    row = StripePaymentMethod.objects.get(stripe_payment_method_id="pm_1")
    assert row.exp_month is None
