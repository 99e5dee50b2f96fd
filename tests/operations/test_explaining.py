"""Stripe's errors translated to ours: the parts that programs read."""

import pytest

from payments_graphql.errors import (
    AmountError,
    CardError,
    CustomerGoneError,
    ErrorCode,
    InvalidStateError,
    NotFoundError,
    OperationInProgressError,
    ProviderError,
    RateLimitedError,
    UnaskedRefusedError,
    ValidationError,
)
from payments_graphql.models import Operation, OperationKind, StripePaymentIntent
from payments_graphql.operations.refusals import explain
from payments_graphql.stripe_client import (
    StripeBusyError,
    StripeCredentialsError,
    StripeDownError,
    StripeNoAnswerError,
    StripeRefusedError,
)


def _refused(**values):
    return StripeRefusedError("No.", status=400, type="invalid_request_error", **values)


def _declined(**values):
    return StripeRefusedError("No.", status=402, type="card_error", **values)


@pytest.fixture
def create():
    """The creation of a payment in euros, with an e-mail address that the caller did not enter."""
    return Operation(
        kind=OperationKind.CREATE_PAYMENT_INTENT,
        parameters={"amount": 10, "currency": "eur"},
        unasked=["description", "receipt_email"],
    )


def test_wrong_keys_are_not_the_callers_fault(create):
    error = explain(StripeCredentialsError("No.", status=401, request_id="req_1"), create)

    assert type(error) is ProviderError
    assert (error.retryable, error.request_id) == (True, "req_1")


def test_too_many_requests_say_when_to_retry(create):
    error = explain(StripeBusyError("Busy.", status=429, retry_after=7), create)

    assert type(error) is RateLimitedError
    assert (error.retryable, error.retry_after) == (True, 7)


@pytest.mark.parametrize("error", [StripeBusyError("Busy.", status=409), StripeNoAnswerError("")])
def test_an_operation_without_an_answer_is_in_progress(create, error):
    explained = explain(error, create)

    assert type(explained) is OperationInProgressError
    assert explained.retryable


@pytest.mark.parametrize("error", [StripeDownError("Down."), StripeNoAnswerError("Lost.")])
def test_a_read_without_an_answer_may_be_tried_again(error):
    explained = explain(error)

    assert type(explained) is ProviderError
    assert explained.retryable


def test_a_lost_read_names_its_request():
    assert explain(StripeNoAnswerError("Lost.", request_id="req_1")).request_id == "req_1"


@pytest.mark.parametrize(
    ("values", "code", "decline_code"),
    [
        (
            {"code": "card_declined", "decline_code": "insufficient_funds"},
            ErrorCode.CARD_DECLINED,
            "insufficient_funds",
        ),
        ({"code": "expired_card"}, ErrorCode.CARD_DECLINED, "expired_card"),
        (
            {"code": "card_declined", "decline_code": "authentication_required"},
            ErrorCode.AUTHENTICATION_REQUIRED,
            "authentication_required",
        ),
        (
            {"code": "authentication_required"},
            ErrorCode.AUTHENTICATION_REQUIRED,
            "authentication_required",
        ),
    ],
)
def test_a_decline_has_its_reason(create, values, code, decline_code):
    error = explain(_declined(advice_code="try_again_later", **values), create)

    assert type(error) is CardError
    assert (error.code, error.decline_code) == (code, decline_code)
    assert error.advice_code == "try_again_later"
    assert error.advice
    assert error.message == "No."


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"param": "receipt_email"}, "receipt_email"),
        ({"param": "description[0]"}, "description"),
        ({"code": "email_invalid"}, "receipt_email"),
    ],
)
def test_a_refused_optional_parameter_is_named(create, values, parameter):
    error = explain(_refused(**values), create)

    assert type(error) is UnaskedRefusedError
    assert (error.parameter, error.message) == (parameter, "No.")


def test_an_invalid_address_from_the_caller_is_the_callers_error(create):
    create.unasked = ["description"]

    assert type(explain(_refused(code="email_invalid"), create)) is ProviderError


@pytest.mark.parametrize(
    "kind",
    [
        OperationKind.ACCEPT_DISPUTE,
        OperationKind.CANCEL_REFUND,
        OperationKind.SUBMIT_DISPUTE_EVIDENCE,
    ],
)
def test_a_refusal_without_a_cause_is_about_the_state_of_a_dispute_or_refund(kind):
    error = explain(_refused(), Operation(kind=kind))

    assert type(error) is InvalidStateError
    assert error.message == "No."


@pytest.mark.parametrize("values", [{"code": "parameter_missing"}, {"param": "expand"}])
def test_a_refusal_with_a_cause_is_not(values):
    assert type(explain(_refused(**values), Operation(kind="cancel_refund"))) is ProviderError


@pytest.mark.parametrize(
    ("object", "status"), [({"status": "canceled"}, "canceled"), ({}, ""), (None, "")]
)
def test_a_wrong_state_is_named(create, object, status):
    error = explain(_refused(code="payment_intent_unexpected_state", object=object), create)

    assert type(error) is InvalidStateError
    assert (error.current_status, error.message) == (status, "No.")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"code": "amount_too_small"}, ErrorCode.AMOUNT_TOO_SMALL),
        ({"code": "amount_too_large", "param": "amount"}, ErrorCode.AMOUNT_TOO_LARGE),
        ({"code": "parameter_invalid_integer"}, ErrorCode.AMOUNT_INVALID),
        ({"param": "amount"}, ErrorCode.AMOUNT_INVALID),
        ({"param": "amount_to_capture"}, ErrorCode.AMOUNT_INVALID),
    ],
)
def test_a_wrong_amount_has_its_code_and_the_minimum(create, values, code):
    error = explain(_refused(**values), create)

    assert type(error) is AmountError
    assert (error.code, error.path, error.message) == (code, ("amount",), "No.")
    assert (error.currency, str(error.minimum)) == ("EUR", "0.50")


def test_a_wrong_amount_of_a_payment_that_is_known_is_in_its_currency():
    capture = Operation(
        kind=OperationKind.CAPTURE_PAYMENT_INTENT,
        payment_intent=StripePaymentIntent(currency="GBP"),
        parameters={"currency": "eur"},
    )

    assert explain(_refused(param="amount"), capture).currency == "GBP"


@pytest.mark.parametrize("operation", [None, Operation(kind="create_refund")])
def test_a_wrong_amount_without_a_known_currency_has_no_minimum(operation):
    error = explain(_refused(code="amount_too_small"), operation)

    assert (error.currency, error.minimum) == ("", None)


def test_a_customer_deleted_at_stripe_is_reported_as_gone(create):
    error = explain(_refused(code="resource_missing", param="customer"), create)

    assert type(error) is CustomerGoneError
    assert (error.retryable, error.message) == (True, "No.")


@pytest.mark.parametrize("code", ["", "resource_missing"])
def test_an_unknown_method_and_another_customers_look_alike(create, code):
    error = explain(_refused(code=code, param="payment_method"), create)

    assert type(error) is NotFoundError
    assert error.path == ("paymentMethodId",)
    assert error.message != "No."


def test_what_is_missing_is_named(create):
    error = explain(_refused(code="resource_missing", param="intent"), create)

    assert type(error) is NotFoundError
    assert (error.message, error.path, error.retryable) == ("No.", (), False)


def test_a_field_is_named_with_stripes_message(create):
    error = explain(_refused(param="metadata[order]"), create)

    assert type(error) is ValidationError
    assert (error.message, error.path) == ("No.", ("metadata",))


def test_any_other_refusal_includes_its_request_id(create):
    error = explain(_refused(request_id="req_1"), create)

    assert type(error) is ProviderError
    assert (error.message, error.request_id) == ("Stripe rejected the request: No.", "req_1")
    assert not error.retryable
