import base64

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import connect
from tests.sandbox.http_calls import call


@pytest.mark.stripe_rule(
    "The API accepts a secret or restricted key, as a bearer token or username",
    "https://docs.stripe.com/api/authentication",
    ours="Every `sk_test_` and `rk_test_` key, of one account",
)
@pytest.mark.parametrize("key", ["sk_test_anything", "rk_test_restricted"])
def test_every_secret_test_key_is_accepted(sandbox: Sandbox, key: str) -> None:
    assert connect(sandbox, key).v1.customers.list({"limit": 1}).object == "list"
    basic = base64.b64encode(f"{key}:".encode()).decode()
    answer = call(sandbox, "GET", "/v1/customers", headers={"Authorization": f"Basic {basic}"})
    assert answer.status == 200


@pytest.mark.stripe_rule("Without a key it is 401", "https://docs.stripe.com/api/authentication")
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer ", "Basic ???", "Digest x", "sk_test_"]
)
def test_a_missing_key_is_refused(sandbox: Sandbox, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = call(sandbox, "GET", "/v1/customers", headers=headers)
    assert answer.status == 401
    assert answer.error["message"].startswith("You did not provide an API key.")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Stripe"'


@pytest.mark.stripe_rule(
    "An unknown key is 401, and shown masked",
    "https://docs.stripe.com/keys",
    ours="Also live keys, so that none is used by mistake",
)
@pytest.mark.parametrize("key", ["sk_live_abcdefghijklmnop", "nonsense", "sk_test_", "pk_live_x"])
def test_a_live_or_malformed_key_is_refused_and_not_repeated(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        connect(sandbox, key).v1.customers.list()
    assert "Invalid API Key provided" in str(refused.value)
    assert len(key) < 20 or key not in str(refused.value)


@pytest.mark.stripe_rule(
    "A publishable key retrieves and confirms with a client secret, and sees no metadata",
    "https://docs.stripe.com/keys",
)
def test_a_publishable_key_confirms_with_the_client_secret(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.create(client, metadata={"internal": "x"})
    browser = connect(sandbox, "pk_test_browser")
    secret = {"client_secret": intent.client_secret}
    read = browser.v1.payment_intents.retrieve(intent.id, secret)
    assert read.status == "requires_payment_method"
    assert "metadata" not in read
    card = {
        "type": "card",
        "card": {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "cvc": "123"},
    }
    paid = browser.v1.payment_intents.confirm(intent.id, {**secret, "payment_method_data": card})
    assert paid.status == "succeeded"
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "Anything else is refused to a publishable key", "https://docs.stripe.com/keys"
)
def test_without_the_client_secret_a_publishable_key_reads_nothing(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.create(client)
    browser = connect(sandbox, "pk_test_browser")
    with pytest.raises(stripe.InvalidRequestError) as missing:
        browser.v1.payment_intents.retrieve(intent.id)
    assert missing.value.param == "client_secret"
    with pytest.raises(stripe.InvalidRequestError, match="does not match"):
        browser.v1.payment_intents.retrieve(intent.id, {"client_secret": f"{intent.id}_secret_x"})
    for forbidden in (
        lambda: browser.v1.payment_intents.cancel(intent.id),
        browser.v1.payment_intents.list,
        lambda: browser.v1.refunds.create({"payment_intent": intent.id}),
        browser.v1.events.list,
    ):
        with pytest.raises(stripe.PermissionError) as refused:
            forbidden()
        assert refused.value.error.code == "secret_key_required"
