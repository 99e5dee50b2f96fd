"""What a text means, by its form alone."""

from decimal import Decimal
from uuid import UUID

import pytest

from payments_graphql.admin.finding.terms import Id, Meaning, list_meanings

ID = "4b46e0f4-1234-4567-8901-123456789012"
GLOBAL_ID = "UGF5bWVudEludGVudDo0YjQ2ZTBmNC0xMjM0LTQ1NjctODkwMS0xMjM0NTY3ODkwMTI="


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("310", "310", ""), ("310.00", "310", ""), ("310,00", "310", ""), ("310,5", "310.5", ""),
        ("1,310.00", "1310", ""), ("1.310,00", "1310", ""), ("1,310", "1310", ""),
        ("1'310.00", "1310", ""), ("0.5", "0.5", ""), ("EUR 310", "310", "EUR"),
        ("310 eur", "310", "EUR"), ("310EUR", "310", "EUR"), ("usd12.50", "12.5", "USD"),
        ("€310", "310", "EUR"), ("310 £", "310", ""), ("£ 310", "310", ""),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text: str, amount: str, currency: str) -> None:
    meaning = list_meanings(text)[0]
    assert (meaning.amount, meaning.currency) == (Decimal(amount), currency)


def test_an_amount_can_be_in_any_currency() -> None:
    assert list_meanings("310")[0].get_minor_units() == [(31000, 2), (310, 0), (310000, 3)]
    assert list_meanings("JPY 310")[0].get_minor_units() == [(310, 0)]
    assert list_meanings("310.50")[0].get_minor_units() == [(31050, 2), (310500, 3)]
    assert list_meanings("JPY 310.50")[0].get_minor_units() == []


def test_four_digits_are_a_card_an_amount_or_a_part_of_a_text() -> None:
    assert list_meanings("4242") == [
        Meaning(last4="4242"), Meaning(amount=Decimal(4242)), Meaning(phrase="4242"),
    ]  # fmt: skip


def test_words_narrow_each_other() -> None:
    assert list_meanings("4242 310") == [Meaning(last4="4242", amount=Decimal(310))]
    assert list_meanings("visa •••• 4242 310.00") == [
        Meaning(last4="4242", amount=Decimal("310.00"), brand="visa")
    ]
    assert list_meanings("4242 1200") == [
        Meaning(last4="4242", amount=Decimal(1200)), Meaning(last4="1200", amount=Decimal(4242)),
    ]  # fmt: skip
    assert list_meanings("anna 310") == [
        Meaning(amount=Decimal(310), phrase="anna"), Meaning(phrase="anna 310"),
    ]  # fmt: skip
    assert list_meanings("cus_1 4242")[0] == Meaning(ids=(Id("cus_1"),), last4="4242")
    assert list_meanings("cus_1 anna") == [Meaning(ids=(Id("cus_1"),), phrase="anna")]


@pytest.mark.parametrize("prefix", "pi ch py re pyr du dp pm seti cus evt req acct".split())
def test_an_id_of_stripe_is_known_by_its_prefix(prefix: str) -> None:
    (meaning,) = list_meanings(f" {prefix}_3Abc ")
    assert meaning.is_id
    assert meaning.ids[0].prefix == prefix


@pytest.mark.parametrize("text", [ID, ID.upper(), ID.replace("-", "")])
def test_our_own_id_is_read_in_every_form(text: str) -> None:
    (meaning,) = list_meanings(text)
    assert meaning.is_id
    assert meaning.ids[0].pk == UUID(ID)


def test_the_id_that_graphiql_shows_says_its_type() -> None:
    (meaning,) = list_meanings(GLOBAL_ID)
    assert meaning.is_id
    assert (meaning.ids[0].type_name, meaning.ids[0].pk) == ("PaymentIntent", UUID(ID))


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://dashboard.stripe.com/test/payments/pi_3Abc", "pi_3Abc"),
        ("https://dashboard.stripe.com/acct_1/payments/pi_3Abc?x=1", "pi_3Abc"),
        (f"https://travel.example/admin/payments_graphql/stripepaymentintent/{ID}/change/", ID),
        ("https://shop.example/done?payment_intent=pi_3Abc&redirect_status=succeeded", "pi_3Abc"),
    ],
)
def test_a_link_leads_to_the_object_that_it_names(link: str, found: str) -> None:
    (meaning,) = list_meanings(link)
    assert meaning.ids[0].text == found


@pytest.mark.parametrize("text", ["", " ", "\0", "x" * 60_000, "https://x.example/", "\ud800"])
def test_some_texts_mean_nothing(text: str) -> None:
    assert list_meanings(text) == []


@pytest.mark.parametrize("text", ["%", "'%_", "9" * 30, "1e400", "-1", "a" * 150, "1,2,3,4"])
def test_other_texts_are_a_part_of_a_text(text: str) -> None:
    assert [meaning.amount for meaning in list_meanings(text)] == [None]
