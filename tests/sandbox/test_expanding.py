import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "`expand` replaces an id by its object, along a path", "https://docs.stripe.com/expand"
)
def test_an_id_is_replaced_by_its_object(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    intent = payments.pay(
        client,
        customer=alice.id,
        expand=["customer", "latest_charge.payment_intent.payment_method", "payment_method"],
    )
    assert intent.customer.email == "alice@example.com"
    assert intent.payment_method.card.last4 == "4242"
    assert intent.latest_charge.payment_intent.payment_method.id == intent.payment_method.id
    assert intent.latest_charge.customer == alice.id


@pytest.mark.stripe_rule("In a list, paths begin with `data`", "https://docs.stripe.com/expand")
def test_lists_are_expanded_below_data(client: stripe.StripeClient, alice: stripe.Customer) -> None:
    payments.pay(client, customer=alice.id)
    listed = client.v1.payment_intents.list(
        {"customer": alice.id, "expand": ["data.latest_charge", "data.customer"]}
    )
    assert listed.data[0].latest_charge.status == "succeeded"
    assert listed.data[0].customer.id == alice.id


@pytest.mark.stripe_rule(
    "A charge's refunds are shown only when expanded",
    "https://docs.stripe.com/api/charges/object#charge_object-refunds",
)
def test_a_charge_shows_its_refunds_only_when_asked(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 5})
    plain = client.v1.charges.retrieve(intent.latest_charge)
    assert "refunds" not in plain
    full = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert [one.id for one in full.refunds.data] == [refund.id]
    assert full.refunds.has_more is False


@pytest.mark.stripe_rule(
    "A deleted customer is expanded as a deleted object", "https://docs.stripe.com/expand"
)
def test_a_deleted_customer_is_expanded(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    intent = payments.create(client, customer=alice.id)
    client.v1.customers.delete(alice.id)
    read = client.v1.payment_intents.retrieve(intent.id, {"expand": ["customer"]})
    assert read.customer.deleted is True


@pytest.mark.stripe_rule(
    "Ids inside nested objects expand as well", "https://docs.stripe.com/expand"
)
def test_a_default_method_is_expanded_inside_its_settings(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    changed = client.v1.customers.update(
        alice.id,
        {
            "invoice_settings": {"default_payment_method": card.id},
            "expand": ["invoice_settings.default_payment_method"],
        },
    )
    assert changed.invoice_settings.default_payment_method.card.last4 == "4242"


@pytest.mark.stripe_rule(
    "Only ids expand; another path is refused", "https://docs.stripe.com/expand"
)
@pytest.mark.parametrize(
    "path", ["amount", "foo", "latest_charge.foo", "data.customer", "payment_method.card", ""]
)
def test_an_invalid_path_is_refused(client: stripe.StripeClient, path: str) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        payments.create(client, expand=[path])


@pytest.mark.stripe_rule(
    "A refused path is named, and nothing is done", "https://docs.stripe.com/expand"
)
def test_a_refused_path_is_named_and_has_no_effect(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payments.create(client, description="never made", expand=["amount"])
    assert refused.value.user_message == "This property cannot be expanded (amount)."
    made = client.v1.payment_intents.list({"limit": 5}).data
    assert all(intent.description != "never made" for intent in made)


@pytest.mark.stripe_rule(
    "A list refuses a path without `data` and says so", "https://docs.stripe.com/expand"
)
def test_a_list_refuses_paths_without_data(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"'data\.customer'"):
        client.v1.payment_intents.list({"expand": ["customer"]})


@pytest.mark.stripe_rule("Expansions go up to four levels deep", "https://docs.stripe.com/expand")
def test_more_than_four_levels_are_refused(client: stripe.StripeClient) -> None:
    path = "latest_charge.payment_intent.latest_charge.payment_intent.customer"
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        payments.create(client, expand=[path])
