from typing import Any

import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "A customer has the values it was created with, and null for the others",
    "https://docs.stripe.com/api/customers/create",
)
def test_a_customer_keeps_the_values_it_was_created_with(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create(
        {"email": "bob@example.com", "metadata": {"user": "7"}, "address": {"city": "Oslo"}}
    )
    read = client.v1.customers.retrieve(made.id)
    assert read.id.startswith("cus_")
    assert (read.email, read.metadata["user"], read.address.city) == (
        "bob@example.com",
        "7",
        "Oslo",
    )
    assert read.address.line1 is None
    assert read.livemode is False


@pytest.mark.stripe_rule(
    "Metadata is merged; an empty value removes its key, empty metadata all keys",
    "https://docs.stripe.com/metadata",
)
def test_metadata_is_merged_and_an_empty_value_unsets_its_key(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    changed = client.v1.customers.update(made.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}
    assert client.v1.customers.update(made.id, {"metadata": ""}).metadata.to_dict() == {}


@pytest.mark.stripe_rule(
    "An empty string unsets an attribute", "https://docs.stripe.com/api/customers/update"
)
def test_an_empty_string_unsets_a_text(client: stripe.StripeClient, alice: stripe.Customer) -> None:
    assert client.v1.customers.update(alice.id, {"name": ""}).name is None


@pytest.mark.stripe_rule(
    "A deleted customer is retrieved with `deleted: true` and can't be changed",
    "https://docs.stripe.com/api/customers/delete",
)
def test_a_deleted_customer_is_little_more_than_its_id(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    assert client.v1.customers.delete(alice.id).deleted is True
    remains = client.v1.customers.retrieve(alice.id)
    assert remains.to_dict() == {"id": alice.id, "object": "customer", "deleted": True}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.update(alice.id, {"name": "A"})
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@pytest.mark.stripe_rule(
    "Deleting a customer detaches its payment methods",
    "https://docs.stripe.com/api/customers/delete",
)
def test_a_deleted_customers_cards_are_detached(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    client.v1.customers.delete(alice.id)
    assert client.v1.payment_methods.retrieve(card.id).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        payments.pay(client, card.id)


@pytest.mark.parametrize("kind", ["payment", "setup"])
def test_a_deleted_customer_gets_no_card(
    client: stripe.StripeClient, alice: stripe.Customer, kind: str
) -> None:
    intent: Any
    if kind == "setup":
        intent = client.v1.setup_intents.create({"customer": alice.id})
        confirm: Any = client.v1.setup_intents.confirm
    else:
        intent = client.v1.payment_intents.create(
            {
                "amount": 2000,
                "currency": "usd",
                "customer": alice.id,
                "setup_future_usage": "off_session",
            }
        )
        confirm = client.v1.payment_intents.confirm
    client.v1.customers.delete(alice.id)
    given = {"payment_method": "pm_card_visa", "return_url": "https://shop.example"}
    done = confirm(intent.id, given)
    assert done.status == "succeeded"
    assert client.v1.payment_methods.retrieve(done.payment_method).customer is None


@pytest.mark.stripe_rule(
    "An unknown id in the path is 404 `resource_missing`",
    "https://docs.stripe.com/error-codes#resource-missing",
)
def test_an_unknown_customer_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_no'") as missing:
        client.v1.customers.retrieve("cus_no")
    assert missing.value.http_status == 404
    assert missing.value.param == "id"


@pytest.mark.stripe_rule(
    "A default payment method must be attached to the customer",
    "https://docs.stripe.com/api/customers/update#update_customer-invoice_settings-default_payment_method",
)
def test_only_an_attached_card_can_be_the_default(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    loose = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    setting = {"invoice_settings": {"default_payment_method": loose.id}}
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
        client.v1.customers.update(alice.id, setting)
    client.v1.payment_methods.attach(loose.id, {"customer": alice.id})
    changed = client.v1.customers.update(alice.id, setting)
    assert changed.invoice_settings.default_payment_method == loose.id


@pytest.mark.stripe_rule(
    "A new customer's first card can be its default at once",
    "https://docs.stripe.com/api/customers/create#create_customer-payment_method",
)
def test_a_customer_is_created_with_a_default_card(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create(
        {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    card = client.v1.payment_methods.list({"customer": made.id}).data[0]
    assert made.invoice_settings.default_payment_method == card.id


@pytest.mark.stripe_rule(
    "Customers are listed by their exact email address",
    "https://docs.stripe.com/api/customers/list#list_customers-email",
)
def test_customers_are_found_by_email(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"email": "charlie+1@example.com"})
    found = client.v1.customers.list({"email": "charlie+1@example.com"}).data
    assert [customer.id for customer in found] == [made.id]
