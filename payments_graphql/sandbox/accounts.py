"""Stripe's test bank accounts and voucher payers, and what each one does.

https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-your-integration
https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers
https://docs.stripe.com/payments/boleto/accept-a-payment#test-integration
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

# Seconds on the sandbox's clock. At Stripe a debit takes days, or seconds in test mode.
SOON = 1
LATER = 3 * 60
TEST_ROUTING_NUMBER = "110000000"

Outcome = Literal["succeeds", "fails", "stays"]


@dataclass(frozen=True, slots=True)
class TestAccount:
    """One bank account. `failure` is the code and the message of the failed charge."""

    __test__ = False  # not a test case, whatever its name suggests to pytest

    number: str
    names: tuple[str, ...] = ()
    outcome: Outcome = "succeeds"
    delay: int = SOON
    failure: tuple[str | None, str] = (None, "The payment failed.")
    is_disputed: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint: always the same for the same account, as at Stripe."""
        return hashlib.sha256(f"account {self.number}".encode()).hexdigest()[:16]


_INSUFFICIENT_FUNDS = (
    "insufficient_funds",
    "The customer's account has insufficient funds to cover this payment.",
)
_IBANS = (
    TestAccount("DE89370400440532013000", ("pm_success_de",)),
    TestAccount("DE08370400440532013003", ("pm_successDelayed_de",), delay=LATER),
    TestAccount("DE62370400440532013001", ("pm_failed_de",), "fails"),
    TestAccount("DE78370400440532013004", ("pm_failedDelayed_de",), "fails", LATER),
    TestAccount("DE35370400440532013002", ("pm_disputed_de",), is_disputed=True),
    TestAccount(
        "DE65370400440002222227",
        ("pm_insufficientFunds_de",),
        "fails",
        failure=_INSUFFICIENT_FUNDS,
    ),
)
_US_ACCOUNTS = (
    TestAccount("000123456789", ("pm_usBankAccount_success",)),
    TestAccount(
        "000111111113",
        ("pm_usBankAccount_accountClosed",),
        "fails",
        failure=("account_closed", "The customer's bank account has been closed."),
    ),
    TestAccount(
        "000111111116",
        ("pm_usBankAccount_noAccount",),
        "fails",
        failure=("no_account", "The customer's bank account could not be located."),
    ),
    TestAccount(
        "000222222227",
        ("pm_usBankAccount_insufficientFunds",),
        "fails",
        failure=_INSUFFICIENT_FUNDS,
    ),
    TestAccount(
        "000333333335",
        ("pm_usBankAccount_debitNotAuthorized",),
        "fails",
        failure=(
            "debit_not_authorized",
            "The customer has notified their bank that this payment was unauthorized.",
        ),
    ),
    TestAccount("000555555559", ("pm_usBankAccount_dispute",), is_disputed=True),
    TestAccount("000000000009", ("pm_usBankAccount_processing",), "stays"),
)
ACCOUNTS = {
    "sepa_debit": {one.number: one for one in _IBANS},
    "us_bank_account": {one.number: one for one in _US_ACCOUNTS},
}
_BY_NAME = {
    name: (kind, account)
    for kind, accounts in ACCOUNTS.items()
    for account in accounts.values()
    for name in account.names
}


def find_account_by_name(name: str) -> tuple[str, TestAccount] | None:
    """Return the type and the account for a test id such as `pm_success_de`."""
    return _BY_NAME.get(name)


def find_account(kind: str, number: str) -> TestAccount | None:
    return ACCOUNTS[kind].get(number)


def has_valid_iban_checksum(iban: str) -> bool:
    """Check as ISO 13616 says: letters become numbers, and the whole modulo 97 must be 1."""
    if not iban.isascii() or not iban.isalnum() or not 15 <= len(iban) <= 34:
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


@dataclass(frozen=True, slots=True)
class VoucherFate:
    """`expires_in` overrides the payment's own expiry; `paid_after` is None if never paid."""

    paid_after: int | None = None
    expires_in: int | None = None


VOUCHER_FATES = (
    ("succeed_immediately", VoucherFate(paid_after=SOON)),
    ("expire_immediately", VoucherFate(expires_in=0)),
    ("expire_with_delay", VoucherFate(expires_in=LATER)),
    ("fill_never", VoucherFate()),
)


def find_voucher_fate(email: str) -> VoucherFate:
    """Return what the payer's email address asks for; by default, paid after three minutes."""
    local = email.partition("@")[0]
    return next((fate for end, fate in VOUCHER_FATES if local.endswith(end)), VoucherFate(LATER))
