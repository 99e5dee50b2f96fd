"""Messages for people are in the language of the request."""

from io import BytesIO

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from django.utils import translation

from payments_graphql import money
from payments_graphql.errors import AmountError

GERMAN = {
    "Amount must be at most %(maximum)s %(currency)s.": (
        "Der Betrag darf höchstens %(maximum)s %(currency)s sein."
    ),
    "You are not allowed to capture this payment.": "Sie dürfen diese Zahlung nicht einziehen.",
    "Your card has insufficient funds.": "Ihre Karte ist nicht gedeckt.",
    "Try another card, or try again when this card has enough funds.": (
        "Nehmen Sie eine andere Karte, oder diese, sobald sie gedeckt ist."
    ),
}


def compile_catalog(messages: dict[str, str]) -> bytes:
    catalog = Catalog(locale="de", fuzzy=False)
    for message, translated in messages.items():
        catalog.add(message, translated)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


@pytest.fixture
def german(tmp_path, settings):
    """A site with its own catalog, in `LOCALE_PATHS`."""
    directory = tmp_path / "de" / "LC_MESSAGES"
    directory.mkdir(parents=True)
    (directory / "django.mo").write_bytes(compile_catalog(GERMAN))
    settings.LOCALE_PATHS = [str(tmp_path)]
    with translation.override("de"):
        yield


def test_a_message_is_translated_with_its_values(german):
    with pytest.raises(AmountError, match=r"^Der Betrag darf höchstens 9999999999\.99 USD sein\.$"):
        money.to_minor_units("1e10", "USD")


def test_a_refusal_is_translated_in_the_payload(german, service, alice):
    intent = service.create_payment_intent(user=alice, amount="10", currency="USD")
    result = service.capture_payment_intent(intent["payment_intent"], user=alice)
    assert result["error"] == "Sie dürfen diese Zahlung nicht einziehen."


def test_a_decline_and_its_advice_are_translated(german, service, alice):
    intent = service.create_payment_intent(user=alice, amount="10", currency="USD")
    result = service.confirm_payment_intent(
        intent["payment_intent"], payment_method="pm_card_visa_chargeDeclinedInsufficientFunds"
    )
    assert result["error"] == "Ihre Karte ist nicht gedeckt."
    assert result["advice"].startswith("Nehmen Sie eine andere Karte")


def test_what_is_not_in_the_catalog_is_english(german):
    with pytest.raises(AmountError, match="must be greater than zero"):
        money.to_minor_units("0", "USD")


def test_the_same_message_is_english_otherwise():
    with pytest.raises(AmountError, match="Amount must be at most"):
        money.to_minor_units("1e10", "USD")
