import pytest

from payments_graphql.models import StripeCustomer, StripeSetupIntent

SELECTION = """
    replayed
    setupIntent {
      id stripeSetupIntentId livemode status usage clientSecret nextAction { type }
      paymentMethod { last4 } lastError { code } createdAt updatedAt
    }
"""


def create(client, **input):
    return client.mutate("createSetupIntent", {"idempotencyKey": "setup-1", **input}, SELECTION)


def test_a_setup_intent_is_made_with_its_client_secret(as_alice, alice, sandbox, dashboard):
    payload = create(as_alice)

    assert payload["errors"] == []
    assert payload["replayed"] is False
    made = payload["setupIntent"]
    assert made["stripeSetupIntentId"].startswith("seti_")
    assert made["clientSecret"].startswith(f"{made['stripeSetupIntentId']}_secret_")
    assert (made["status"], made["usage"]) == ("REQUIRES_PAYMENT_METHOD", "OFF_SESSION")
    assert (made["paymentMethod"], made["lastError"], made["nextAction"]) == (None, None, None)
    at_stripe = dashboard.v1.setup_intents.retrieve(made["stripeSetupIntentId"])
    customer = StripeCustomer.objects.get(user=alice)
    assert (at_stripe.customer, at_stripe.usage) == (customer.stripe_customer_id, "off_session")
    # The secret comes from the create itself: nothing was read for it.
    assert len(sandbox.requests("GET", "/v1/setup_intents/*")) == 1


def test_it_can_be_for_a_customer_who_is_there(as_alice, dashboard):
    made = create(as_alice, usage="ON_SESSION")["setupIntent"]

    assert made["usage"] == "ON_SESSION"
    at_stripe = dashboard.v1.setup_intents.retrieve(made["stripeSetupIntentId"])
    assert at_stripe.usage == "on_session"


def test_the_same_key_gives_the_same_setup_intent(as_alice, sandbox):
    first, second = create(as_alice), create(as_alice)

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["setupIntent"] == second["setupIntent"]
    assert second["setupIntent"]["clientSecret"]
    assert len(sandbox.requests("POST", "/v1/setup_intents")) == 1


def test_the_same_key_for_something_else_is_refused(as_alice):
    create(as_alice)
    payload = create(as_alice, usage="ON_SESSION")

    assert payload["errors"][0]["__typename"] == "IdempotencyError"
    assert payload["errors"][0]["path"] == ["input", "idempotencyKey"]
    assert payload["setupIntent"] is None


def test_the_same_key_of_another_person_is_another(as_alice, as_bob):
    assert create(as_alice)["setupIntent"]["id"] != create(as_bob)["setupIntent"]["id"]


@pytest.mark.parametrize("key", ["", "k" * 256, " ", "\0", "a\nb"])
def test_a_bad_key_is_an_error_that_names_the_field(as_alice, key):
    payload = create(as_alice, idempotencyKey=key)

    assert payload["errors"][0]["__typename"] == "ValidationError"
    assert payload["errors"][0]["path"] == ["input", "idempotencyKey"]
    assert payload["setupIntent"] is None
    assert not StripeSetupIntent.objects.exists()


@pytest.mark.parametrize("input", [{"usage": "ALWAYS"}, {"idempotencyKey": None}])
def test_what_is_no_such_input_is_a_coercion_error(as_alice, input):
    error = as_alice.ask_for_error(
        """mutation($input: CreateSetupIntentInput!) {
          createSetupIntent(input: $input) { replayed }
        }""",
        input={"idempotencyKey": "setup-1", **input},
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_it_needs_to_be_signed_in(as_nobody):
    error = as_nobody.ask_for_error(
        'mutation { createSetupIntent(input: {idempotencyKey: "k"}) { replayed } }'
    )
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert not StripeSetupIntent.objects.exists()


def test_while_stripe_is_out_of_reach_the_same_key_is_worth_another_try(
    as_alice, sandbox, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.2
    with sandbox.faults.add("rate_limited", method="POST", path="/v1/setup_intents"):
        failed = create(as_alice)
    assert failed["errors"][0]["retryable"] is True
    assert failed["setupIntent"] is None

    payload = create(as_alice)
    assert payload["errors"] == []
    assert payload["setupIntent"]["clientSecret"]
    assert StripeSetupIntent.objects.count() == 1
