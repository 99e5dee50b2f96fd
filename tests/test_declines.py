"""Decline codes become advice, and what Stripe asks to keep confidential is kept."""

import re

import pytest

from payments_graphql import declines

# https://docs.stripe.com/declines/codes
DOCUMENTED = """
    authentication_required approve_with_id call_issuer card_not_supported card_velocity_exceeded
    currency_not_supported do_not_honor do_not_try_again duplicate_transaction expired_card
    fraudulent generic_decline incorrect_number incorrect_cvc incorrect_pin incorrect_address
    incorrect_zip insufficient_funds invalid_account invalid_amount invalid_cvc
    invalid_expiry_month invalid_expiry_year invalid_number invalid_pin issuer_not_available
    lost_card merchant_blacklist new_account_information_available no_action_taken not_permitted
    offline_pin_required online_or_offline_pin_required pickup_card pin_try_exceeded
    processing_error reenter_transaction restricted_card revocation_of_all_authorizations
    revocation_of_authorization security_violation service_not_allowed stolen_card
    stop_payment_order testmode_decline transaction_not_allowed try_again_later
    withdrawal_count_limit_exceeded
""".split()


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_code_of_stripes_has_advice_of_its_own(code):
    assert code in declines.list_known_codes()
    assert re.fullmatch(r"[A-Z].*\.", declines.advise(code))


def test_a_code_that_stripe_adds_is_one_for_the_bank():
    assert "bank" in declines.advise("added_in_2040")
    assert declines.as_shown("added_in_2040") == "added_in_2040"


@pytest.mark.parametrize("code", sorted(declines.CONFIDENTIAL))
def test_what_is_confidential_looks_like_any_decline(code):
    assert declines.as_shown(code) == "generic_decline"
    assert declines.advise(code) == declines.advise("generic_decline")
    told = declines.explain(code, "Your card was reported stolen.")
    assert told == "Your card was declined."


def test_other_messages_are_stripes_own():
    message = "Your card has insufficient funds."
    assert declines.explain("insufficient_funds", message) == message
    assert declines.explain("insufficient_funds", "") == "Your card was declined."
