"""Searching customers: https://docs.stripe.com/search#query-fields-for-customers."""

import pytest
import stripe


def found(client: stripe.StripeClient, query: str) -> list[str]:
    return [one.id for one in client.v1.customers.search({"query": query}).data]


@pytest.mark.stripe_rule(
    "Customers are searched by email, name and metadata",
    "https://docs.stripe.com/search#query-fields-for-customers",
)
def test_a_customer_is_found_by_email_name_and_metadata(own_client: stripe.StripeClient) -> None:
    alice = own_client.v1.customers.create(
        {"email": "Alice+1@example.com", "name": "Alice O'Hara", "metadata": {"user.id": "7"}}
    )
    own_client.v1.customers.create({"email": "bob@example.com", "metadata": {"user.id": "8"}})
    for query in (
        "email:'alice+1@example.com'",
        'email:"alice+1@example.com"',
        r"name:'Alice O\'Hara'",
        "metadata['user.id']:'7'",
        "metadata[\"user.id\"]:'7' AND email:'alice+1@example.com'",
        "  metadata['user.id']:'7'   email:'alice+1@example.com'  ",
    ):
        assert found(own_client, query) == [alice.id]
    assert found(own_client, "email:'alice+1@example.com' AND metadata['user.id']:'8'") == []
    own_client.v1.customers.delete(alice.id)
    assert found(own_client, "email:'alice+1@example.com'") == []


@pytest.mark.stripe_rule(
    "Search results are paged with `next_page`", "https://docs.stripe.com/api/pagination/search"
)
def test_a_search_is_paged(own_client: stripe.StripeClient) -> None:
    made = [own_client.v1.customers.create({"email": "a@example.com"}).id for _ in range(5)]
    first = own_client.v1.customers.search({"query": "email:'a@example.com'", "limit": 2})
    assert (first.object, first.has_more) == ("search_result", True)
    everything = [one.id for one in first.auto_paging_iter()]
    assert everything == made[::-1]


@pytest.mark.stripe_rule(
    "Search results can be expanded", "https://docs.stripe.com/api/customers/search"
)
def test_what_is_found_can_be_expanded(own_client: stripe.StripeClient) -> None:
    customer = own_client.v1.customers.create({"email": "a@example.com"})
    card = own_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    default = {"invoice_settings": {"default_payment_method": card.id}}
    own_client.v1.customers.update(customer.id, default)
    answer = own_client.v1.customers.search(
        {
            "query": "email:'a@example.com'",
            "expand": ["data.invoice_settings.default_payment_method"],
        }
    )
    assert answer.data[0].invoice_settings.default_payment_method.id == card.id


@pytest.mark.stripe_rule(
    "An unknown field or a malformed query is refused",
    "https://docs.stripe.com/search#search-query-language",
)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("alice", "unable to parse"),
        ("email:'alice", "unable to parse"),
        ("email['a']:'b'", "unable to parse"),
        ("email:'a' nonsense", "unable to parse"),
        ("flavor:'red'", "Field `flavor` is an unsupported search field for resource `customers`"),
        ("metadata:'red'", "Field `metadata` is an unsupported"),
        ("created>1500000000", "Field `created` is an unsupported"),
        ("email~'alice'", "does not support the operator `~`"),
        ("-email:'a'", "does not support negation"),
        ("email:'a' OR email:'b'", "does not support joining clauses by OR"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(
    client: stripe.StripeClient, query: str, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message.replace("[", r"\[")) as refused:
        found(client, query)
    assert refused.value.param == "query"


@pytest.mark.stripe_rule(
    "A search needs a query", "https://docs.stripe.com/api/customers/search#search_customers-query"
)
def test_a_search_needs_a_query(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.search({})
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "query")
