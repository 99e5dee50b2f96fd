"""Invalid parameters and Stripe's error messages: https://docs.stripe.com/error-codes."""

import pytest

from payments_graphql.sandbox import Sandbox
from tests.sandbox.http_calls import call

INTENTS = "/v1/payment_intents"
INTENT = "amount=1000&currency=usd"

REFUSED = [
    ("foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo"),
    ("foo=1&bar=2", "parameter_unknown", "foo", "Received unknown parameters: foo, bar"),
    (
        "automatic_payment_methods[foo]=1&automatic_payment_methods[enabled]=true",
        "parameter_unknown",
        "automatic_payment_methods[foo]",
        "Received unknown parameter: automatic_payment_methods[foo]",
    ),
    (
        "automatic_payment_methods[allow_redirects]=never",
        "parameter_missing",
        "automatic_payment_methods[enabled]",
        "Missing required param: automatic_payment_methods[enabled].",
    ),
    (
        "capture_method=later",
        None,
        "capture_method",
        "Invalid capture_method: must be one of automatic, automatic_async, or manual",
    ),
    ("confirm=yes", None, "confirm", "Invalid boolean: yes"),
    ("metadata=x", None, "metadata", "Invalid object"),
    ("payment_method_types=card", None, "payment_method_types", "Invalid array"),
    ("description[a]=b", None, "description", "Invalid string"),
    ("customer=", "parameter_invalid_empty", "customer", "You passed an empty string"),
    (f"description={'x' * 1001}", None, "description", "must be at most 1000 characters"),
    (f"metadata[{'k' * 41}]=1", None, "metadata", "Metadata keys can have up to 40 characters"),
    (f"metadata[k]={'v' * 501}", None, "metadata[k]", "Metadata values can have up to 500"),
    (
        "&".join(f"metadata[k{number}]=1" for number in range(51)),
        None,
        "metadata",
        "up to 50 metadata keys",
    ),
]


@pytest.mark.stripe_rule(
    "An unknown, wrong, empty or too long parameter is refused with its name",
    "https://docs.stripe.com/error-codes",
)
@pytest.mark.parametrize(("extra", "code", "param", "message"), REFUSED)
def test_a_wrong_parameter_is_named(
    sandbox: Sandbox, extra: str, code: str | None, param: str, message: str
) -> None:
    refused = call(sandbox, "POST", INTENTS, f"{INTENT}&{extra}")
    assert refused.status == 400
    assert refused.error["type"] == "invalid_request_error"
    assert refused.error.get("code") == code
    assert refused.error["param"] == param
    assert message in refused.error["message"]


@pytest.mark.stripe_rule(
    "A missing or wrong amount or currency is refused with its name and code",
    "https://docs.stripe.com/error-codes",
)
@pytest.mark.parametrize(
    ("body", "code", "param", "message"),
    [
        ("currency=usd", "parameter_missing", "amount", "Missing required param: amount."),
        ("amount=1000", "parameter_missing", "currency", "Missing required param: currency."),
        (
            "amount=10.5&currency=usd",
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: 10.5",
        ),
        ("amount=1e400&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer"),
        ("amount=NaN&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: NaN"),
        (
            f"amount={'9' * 5000}&currency=usd",
            "parameter_invalid_integer",
            "amount",
            "Invalid integer",
        ),
        ("amount=&currency=usd", "parameter_invalid_empty", "amount", "You passed an empty string"),
        ("amount[a]=1&currency=usd", None, "amount", "Invalid integer"),
        ("amount=1000&currency=abc", None, "currency", "Invalid currency: abc. Stripe currently"),
        ("amount=1000&currency=", "parameter_invalid_empty", "currency", "empty string"),
    ],
)
def test_a_wrong_amount_or_currency_is_named(
    sandbox: Sandbox, body: str, code: str | None, param: str, message: str
) -> None:
    refused = call(sandbox, "POST", INTENTS, body)
    assert refused.status == 400
    assert (refused.error.get("code"), refused.error["param"]) == (code, param)
    assert message in refused.error["message"]
    if code:
        assert refused.error["doc_url"].endswith(code.replace("_", "-"))
    assert refused.headers["Request-Id"] in refused.error["request_log_url"]


@pytest.mark.stripe_rule("Arrays are `name[]` or `name[0]`", "https://docs.stripe.com/api")
def test_arrays_may_be_numbered_or_not(sandbox: Sandbox) -> None:
    for types in ("payment_method_types[]=card", "payment_method_types[0]=card"):
        assert call(sandbox, "POST", INTENTS, f"{INTENT}&{types}").status == 200


@pytest.mark.stripe_rule("Metadata keys are any text", "https://docs.stripe.com/metadata")
def test_metadata_keys_may_be_numbers(sandbox: Sandbox) -> None:
    made = call(sandbox, "POST", INTENTS, f"{INTENT}&metadata[0]=a&metadata[1]=b")
    assert made.json["metadata"] == {"0": "a", "1": "b"}


@pytest.mark.stripe_rule("Text is UTF-8 and kept as sent", "https://docs.stripe.com/api")
def test_text_is_kept_as_it_was_sent(sandbox: Sandbox) -> None:
    made = call(sandbox, "POST", "/v1/customers", "name=%C3%85sa+%26+B%00%F0%9F%92%B3")
    assert made.json["name"] == "Åsa & B\x00💳"
