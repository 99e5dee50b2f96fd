"""The files for pages, and the API calls that pages may make."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, call

ORIGIN = {"Origin": "https://shop.example"}
PUBLISHABLE = {"Authorization": "Bearer pk_test_shop"}
ALLOWED = "Access-Control-Allow-Origin"
CARD = "type=card&card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2040&card[cvc]=123"


@pytest.mark.stripe_rule(
    "Each release of Stripe.js has its address, and names itself in `Stripe.version`",
    "https://docs.stripe.com/sdks/stripejs-versioning",
    ours="The same script for every release",
)
@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/v3", b"3"),
        ("/v3/", b"3"),
        ("/v3/stripe.js", b"3"),
        ("/basil/stripe.js", b'"basil"'),
        ("/clover/stripe.js", b'"clover"'),
        ("/endive/stripe.js?advancedFraudSignals=false", b'"endive"'),
    ],
)
def test_the_script_is_one_file(sandbox: Sandbox, path: str, version: bytes) -> None:
    script = call(sandbox, "GET", path, headers={})
    assert b"const VERSION = " + version + b";" in script.body
    assert script.status == 200
    assert script.headers.get_content_type() == "text/javascript"
    assert b"window.Stripe = function" in script.body


def test_a_frame_takes_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    frame = call(sandbox, "GET", "/v3/element.html", headers={})
    assert frame.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert frame.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/v3/../api.py",
        "/v3/serving.py",
        "/v3/no.js",
        "/v3/.//api.js",
        "/endive/api.js",
        "/ENDIVE/stripe.js",
    ],
)
def test_nothing_else_is_served(sandbox: Sandbox, path: str) -> None:
    assert call(sandbox, "GET", path, headers={}).status == 404
    assert call(sandbox, "POST", "/v3/", "", FORM).status == 404


def preflight(sandbox: Sandbox, method: str, path: str) -> str | None:
    headers = ORIGIN | {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }
    answer = call(sandbox, "OPTIONS", path, headers=headers)
    if answer.status == 204:
        assert answer.headers["Access-Control-Allow-Methods"] == method
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"]
    allowed: str | None = answer.headers[ALLOWED]
    return allowed


@pytest.mark.stripe_rule(
    "Pages call the API from their own origin with a publishable key",
    "https://docs.stripe.com/keys",
    ours="Allowed for what Stripe.js calls and for nothing else",
)
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/payment_methods", "*"),
        ("GET", "/v1/payment_intents/pi_1", "*"),
        ("POST", "/v1/payment_intents/pi_1/confirm", "*"),
        ("GET", "/v1/setup_intents/seti_1", "*"),
        ("POST", "/v1/setup_intents/seti_1/confirm", "*"),
        ("POST", "/v1/payment_intents", None),
        ("POST", "/v1/payment_intents/pi_1", None),
        ("GET", "/v1/customers", None),
        ("POST", "/v1/refunds", None),
        ("POST", "/_sandbox/clock", None),
        ("GET", "/v3/", None),
    ],
)
def test_another_origin_may_ask_only_what_stripe_js_asks(
    sandbox: Sandbox, method: str, path: str, allowed: str | None
) -> None:
    assert preflight(sandbox, method, path) == allowed


@pytest.mark.stripe_rule(
    "A secret key must never be in a page",
    "https://docs.stripe.com/keys",
    ours="The browser keeps answers to a secret key from the page",
)
def test_a_page_reads_answers_to_a_publishable_key_only(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.create(client)
    path = f"/v1/payment_intents/{intent.id}?client_secret={intent.client_secret}"
    answer = call(sandbox, "GET", path, headers=ORIGIN | PUBLISHABLE)
    assert (answer.status, answer.headers[ALLOWED]) == (200, "*")
    assert "Request-Id" in answer.headers["Access-Control-Expose-Headers"]
    for secret in ("Bearer sk_test_x", "Bearer rk_test_x", "Basic c2tfdGVzdF94Og=="):
        hidden = call(sandbox, "GET", path, headers=ORIGIN | {"Authorization": secret})
        assert (hidden.status, hidden.headers[ALLOWED]) == (200, None)
    wrong = call(sandbox, "GET", path, headers=ORIGIN | {"Authorization": "Bearer pk_live_x"})
    assert (wrong.status, wrong.headers[ALLOWED]) == (401, "*")
    others = call(sandbox, "GET", "/v1/customers", headers=ORIGIN | PUBLISHABLE)
    assert (others.status, others.headers[ALLOWED]) == (403, None)
    assert call(sandbox, "GET", "/_sandbox/requests", headers=ORIGIN).headers[ALLOWED] is None


@pytest.mark.stripe_rule(
    "Stripe.js makes payment methods, and only the server reads them",
    "https://docs.stripe.com/js/payment_methods/create_payment_method",
)
def test_a_publishable_key_makes_a_payment_method_that_only_the_server_reads(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    made = call(sandbox, "POST", "/v1/payment_methods", CARD, ORIGIN | PUBLISHABLE | FORM)
    assert made.status == 200
    method_id = made.json["id"]
    read = call(sandbox, "GET", f"/v1/payment_methods/{method_id}", headers=PUBLISHABLE)
    assert read.status == 403
    assert client.v1.payment_methods.retrieve(method_id).card.last4 == "4242"


@pytest.mark.stripe_rule(
    "With a publishable key, errors have the same fields of the intent as answers",
    "https://docs.stripe.com/js/appendix/error_object",
)
@pytest.mark.parametrize("kind", ["payment_intent", "setup_intent"])
def test_an_error_shows_a_page_the_same_fields_as_an_answer(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer, kind: str
) -> None:
    params = {"customer": alice.id, "metadata": {"internal": "x"}}
    intent = (
        payments.create(client, **params)
        if kind == "payment_intent"
        else client.v1.setup_intents.create(params)
    )
    path = f"/v1/{kind}s/{intent.id}/confirm"
    secret = f"client_secret={intent.client_secret}"
    for body in (secret, f"{secret}&payment_method_data[type]=card&payment_method=pm_card_visa"):
        refused = call(sandbox, "POST", path, body, ORIGIN | PUBLISHABLE | FORM)
        shown = refused.error.get(kind, {})
        assert not {"metadata", "customer"} & shown.keys()
    paid = call(sandbox, "POST", path, f"{secret}&payment_method=pm_card_visa", PUBLISHABLE | FORM)
    assert paid.status == 200
    again = call(sandbox, "POST", path, secret, PUBLISHABLE | FORM)
    assert again.error[kind]["status"] == "succeeded"
    assert not {"metadata", "customer"} & again.error[kind].keys()


@pytest.mark.stripe_rule("A publishable key cannot read customers", "https://docs.stripe.com/keys")
def test_a_page_cannot_expand_the_customer(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    intent = payments.create(client, customer=alice.id, payment_method=card.id)
    path = f"/v1/payment_intents/{intent.id}?client_secret={intent.client_secret}&expand[]="
    full = call(sandbox, "GET", f"{path}payment_method", headers=PUBLISHABLE)
    assert full.json["payment_method"]["card"]["last4"] == "4242"
    for more in ("customer", "payment_method.customer", "latest_charge"):
        refused = call(sandbox, "GET", f"{path}{more}", headers=PUBLISHABLE)
        assert refused.status == 400
        assert "publishable" in refused.error["message"]
