import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import connect


@pytest.mark.stripe_rule(
    "A test id such as `pm_card_visa` is a new card each time, with the same fingerprint",
    "https://docs.stripe.com/testing",
)
def test_a_test_id_becomes_a_new_card_each_time(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    first = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    second = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    assert first.id.startswith("pm_1")
    assert first.id != second.id
    assert first.card.fingerprint == second.card.fingerprint
    assert (first.card.brand, first.card.last4) == ("visa", "4242")
    assert first.customer == alice.id


@pytest.mark.stripe_rule(
    "A test token makes a card of its brand and funding", "https://docs.stripe.com/testing#cards"
)
@pytest.mark.parametrize(
    ("name", "brand", "last4", "funding"),
    [
        ("visa_debit", "visa", "5556", "debit"),
        ("mastercard", "mastercard", "4444", "credit"),
        ("amex", "amex", "0005", "credit"),
        ("discover", "discover", "1117", "credit"),
    ],
)
def test_a_token_makes_a_card_of_its_brand(
    client: stripe.StripeClient, name: str, brand: str, last4: str, funding: str
) -> None:
    card = client.v1.payment_methods.create(
        {"type": "card", "card": {"token": f"tok_{name}"}, "billing_details": {"name": "Alice"}}
    )
    assert (card.card.brand, card.card.last4, card.card.funding) == (brand, last4, funding)
    assert card.billing_details.name == "Alice"


@pytest.mark.stripe_rule("A test number makes its card", "https://docs.stripe.com/testing#cards")
def test_a_test_number_makes_its_card(client: stripe.StripeClient) -> None:
    card = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "5555 5555 5555 4444", "exp_month": 3, "exp_year": 2031},
        }
    )
    assert (card.card.brand, card.card.exp_month, card.card.exp_year) == ("mastercard", 3, 2031)


@pytest.mark.stripe_rule(
    "A wrong number or date is a card error with its code", "https://docs.stripe.com/error-codes"
)
@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"number": "4242424242424241", "exp_month": 1, "exp_year": 2040}, "incorrect_number"),
        ({"number": "4242424242424242", "exp_month": 1, "exp_year": 2001}, "invalid_expiry_year"),
        ({"number": "4242424242424242", "exp_month": 13, "exp_year": 2040}, "invalid_expiry_month"),
    ],
)
def test_a_wrong_number_or_date_is_a_card_error(
    client: stripe.StripeClient, card: dict[str, object], code: str
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_methods.create({"type": "card", "card": card})
    assert refused.value.code == code


@pytest.mark.stripe_rule(
    "Attaching checks the card with the bank, so a declining card is refused",
    "https://docs.stripe.com/api/payment_methods/attach",
)
def test_a_declining_card_is_refused_when_it_is_attached(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": alice.id})
    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    assert client.v1.payment_methods.list({"customer": alice.id}).data == []


@pytest.mark.stripe_rule(
    "One test card attaches and declines when charged",
    "https://docs.stripe.com/testing#declined-payments",
)
def test_a_card_that_fails_later_attaches_and_then_declines(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": alice.id})
    with pytest.raises(stripe.CardError, match="declined"):
        payments.pay(client, card.id, customer=alice.id)


@pytest.mark.stripe_rule(
    "A card belongs to one customer and pays for no other",
    "https://docs.stripe.com/api/payment_methods/attach",
)
def test_a_card_belongs_to_one_customer(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    bob = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(card.id, {"customer": bob.id})
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        payments.pay(client, card.id, customer=bob.id)
    with pytest.raises(stripe.InvalidRequestError, match="must provide the customer"):
        payments.pay(client, card.id)


@pytest.mark.stripe_rule(
    "A detached card can't be used again, and is not the default anymore",
    "https://docs.stripe.com/api/payment_methods/detach",
)
def test_a_detached_card_is_removed_from_its_customer(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    client.v1.customers.update(alice.id, {"invoice_settings": {"default_payment_method": card.id}})
    assert client.v1.payment_methods.detach(card.id).customer is None
    read = client.v1.customers.retrieve(alice.id)
    assert read.invoice_settings.default_payment_method is None
    for again in (
        lambda: client.v1.payment_methods.attach(card.id, {"customer": alice.id}),
        lambda: payments.pay(client, card.id),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            again()


@pytest.mark.stripe_rule(
    "A card that paid without a customer can't be used again",
    "https://docs.stripe.com/payments/payment-methods",
)
def test_a_card_used_without_a_customer_cannot_be_used_again(client: stripe.StripeClient) -> None:
    card = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    payments.pay(client, card.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        payments.pay(client, card.id)


@pytest.mark.stripe_rule(
    "Cards are listed by customer", "https://docs.stripe.com/api/payment_methods/customer_list"
)
def test_cards_are_listed_by_customer(client: stripe.StripeClient, alice: stripe.Customer) -> None:
    cards = [
        client.v1.payment_methods.attach(name, {"customer": alice.id}).id
        for name in ("pm_card_visa", "pm_card_amex")
    ]
    by_filter = client.v1.payment_methods.list({"customer": alice.id, "type": "card"})
    by_path = client.v1.customers.payment_methods.list(alice.id)
    assert [card.id for card in by_filter.data] == cards[::-1]
    assert [card.id for card in by_path.data] == cards[::-1]
    read = client.v1.customers.payment_methods.retrieve(alice.id, cards[0])
    assert read.id == cards[0]


@pytest.mark.stripe_rule(
    "A card's expiry and metadata can be updated",
    "https://docs.stripe.com/api/payment_methods/update",
)
def test_an_update_changes_only_what_it_names(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    changed = client.v1.payment_methods.update(
        card.id, {"card": {"exp_year": 2040}, "metadata": {"a": "b"}}
    )
    assert (changed.card.exp_year, changed.card.last4) == (2040, "4242")
    assert changed.metadata["a"] == "b"


@pytest.mark.stripe_rule(
    "A publishable key cannot read payment methods", "https://docs.stripe.com/keys"
)
def test_a_publishable_key_cannot_read_cards(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    card = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.PermissionError):
        connect(sandbox, "pk_test_browser").v1.payment_methods.retrieve(card.id)
