import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "`starting_after` lists everything, newest first",
    "https://docs.stripe.com/api/pagination",
)
def test_pages_list_everything_once(client: stripe.StripeClient, alice: stripe.Customer) -> None:
    made = [payments.create(client, customer=alice.id).id for _ in range(7)]
    page = client.v1.payment_intents.list({"customer": alice.id, "limit": 3})
    assert (page.has_more, page.url) == (True, "/v1/payment_intents")
    assert [intent.id for intent in page.auto_paging_iter()] == made[::-1]


@pytest.mark.stripe_rule(
    "`ending_before` gives the previous page", "https://docs.stripe.com/api/pagination"
)
def test_a_page_before_is_the_previous_one(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    made = [payments.create(client, customer=alice.id).id for _ in range(5)][::-1]
    page = client.v1.payment_intents.list(
        {"customer": alice.id, "limit": 2, "ending_before": made[4]}
    )
    assert [intent.id for intent in page.data] == made[2:4]
    assert page.has_more is True


@pytest.mark.stripe_rule(
    "A page has 10 objects by default", "https://docs.stripe.com/api/pagination"
)
def test_ten_are_listed_by_default(client: stripe.StripeClient, alice: stripe.Customer) -> None:
    for _ in range(11):
        payments.create(client, customer=alice.id)
    assert len(client.v1.payment_intents.list({"customer": alice.id}).data) == 10


@pytest.mark.stripe_rule("`limit` is 1 to 100", "https://docs.stripe.com/api/pagination")
@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_is_one_to_a_hundred(client: stripe.StripeClient, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.list({"limit": limit})
    assert (refused.value.param, refused.value.code) == ("limit", "parameter_invalid_integer")


@pytest.mark.stripe_rule(
    "An unknown cursor is `resource_missing`", "https://docs.stripe.com/api/pagination"
)
def test_an_unknown_cursor_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.payment_intents.list({"starting_after": "pi_no"})
    assert (missing.value.code, missing.value.param) == ("resource_missing", "starting_after")


@pytest.mark.stripe_rule(
    "The two cursors exclude each other; an unknown one is reported first",
    "https://docs.stripe.com/api/pagination",
)
def test_two_cursors_are_refused(client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    message = "Received both starting_after and ending_before parameters. Please pass in only one."
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.list({"starting_after": intent.id, "ending_before": intent.id})
    assert refused.value.user_message == message
    assert (refused.value.code, refused.value.param) == (None, None)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.payment_intents.list({"starting_after": intent.id, "ending_before": "pi_no"})
    assert (missing.value.code, missing.value.param) == ("resource_missing", "ending_before")
