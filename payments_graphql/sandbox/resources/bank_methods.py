"""Payment methods other than cards: bank accounts, vouchers, bank redirects.

https://docs.stripe.com/api/payment_methods/object
"""

from collections.abc import Callable

from payments_graphql.sandbox.accounts import (
    TEST_ROUTING_NUMBER,
    TestAccount,
    find_account,
    has_valid_iban_checksum,
)
from payments_graphql.sandbox.errors import ApiError, InvalidParameterError, missing_parameter
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.method_types import TYPES
from payments_graphql.sandbox.resources.addresses import complete_billing_details
from payments_graphql.sandbox.transaction import Transaction

_BANK_NAME = "STRIPE TEST BANK"
# https://docs.stripe.com/payments/ideal
_IDEAL_CODES = {"abn_amro": "ABNANL2A", "ing": "INGBNL2A", "rabobank": "RABONL2U"}
_REQUIRED = {
    "boleto": (
        "name",
        "email",
        "address[line1]",
        "address[city]",
        "address[state]",
        "address[postal_code]",
        "address[country]",
    ),
    "ideal": (),
    "sepa_debit": ("name", "email"),
    "us_bank_account": ("name",),
}


def build_from(tx: Transaction, params: JsonObject) -> JsonObject:
    """Build a payment method from the details of a page or server; the caller stores it."""
    kind = params["type"]
    if kind not in TYPES:
        raise InvalidParameterError(
            f"The payment method type provided: {kind} is invalid. The sandbox supports "
            f"{', '.join(sorted(TYPES))}.",
            param="type",
        )
    details = params.get(kind) or {}
    billing = complete_billing_details(params.get("billing_details"))
    for name in _REQUIRED[kind]:
        outer, _, inner = name.rstrip("]").partition("[")
        value = (billing[outer] or {}).get(inner) if inner else billing[outer]
        if not value:
            raise missing_parameter(f"billing_details[{outer}]" + (f"[{inner}]" if inner else ""))
    shown, number = _READERS[kind](details)
    return _build(tx, kind, shown, number) | {
        "allow_redisplay": params.get("allow_redisplay", "unspecified"),
        "billing_details": billing,
        "metadata": merge_metadata({}, params),
    }


def build_for_account(tx: Transaction, kind: str, account: TestAccount) -> JsonObject:
    """Build the payment method of a test id such as `pm_success_de`."""
    is_sepa = kind == "sepa_debit"
    shown = _show_iban(account.number) if is_sepa else _show_us_account(account, {})
    method = _build(tx, kind, shown, account.number)
    method["billing_details"] |= {"email": "jenny.rosen@example.com", "name": "Jenny Rosen"}
    return method


def _build(tx: Transaction, kind: str, details: JsonObject, number: str) -> JsonObject:
    return {
        "id": tx.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": complete_billing_details(None),
        "created": tx.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: details,
        "_number": number,
        "_is_spent": False,
        "_is_set_up": False,
        # The customer's permission to debit the account.
        "_mandate": None,
        "_is_verified": False,
    }


def _read_iban(details: JsonObject) -> tuple[JsonObject, str]:
    if "iban" not in details:
        raise missing_parameter("sepa_debit[iban]")
    iban = details["iban"].replace(" ", "").upper()
    if not has_valid_iban_checksum(iban):
        raise InvalidParameterError(
            "The IBAN you provided is invalid.",
            code="invalid_bank_account_iban",
            param="sepa_debit[iban]",
        )
    return _show_iban(iban), iban


def _show_iban(iban: str) -> JsonObject:
    return {
        "bank_code": iban[4:12],
        "branch_code": "",
        "country": iban[:2],
        "fingerprint": TestAccount(iban).fingerprint,
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }


def _read_us_account(details: JsonObject) -> tuple[JsonObject, str]:
    for name in ("account_holder_type", "account_number", "routing_number"):
        if not details.get(name):
            raise missing_parameter(f"us_bank_account[{name}]")
    if details["routing_number"] != TEST_ROUTING_NUMBER:
        raise ApiError(
            f"You must use a test routing number in test mode. Try {TEST_ROUTING_NUMBER}.",
            code="routing_number_invalid",
            param="us_bank_account[routing_number]",
        )
    account = find_account("us_bank_account", details["account_number"])
    if account is None:
        raise ApiError(
            "You must use a test bank account number in test mode. Try 000123456789 or see more "
            "options at https://stripe.com/docs/payments/ach-direct-debit/accept-a-payment.",
            code="account_number_invalid",
            param="us_bank_account[account_number]",
        )
    return _show_us_account(account, details), account.number


def _show_us_account(account: TestAccount, details: JsonObject) -> JsonObject:
    return {
        "account_holder_type": details.get("account_holder_type", "individual"),
        "account_type": details.get("account_type", "checking"),
        "bank_name": _BANK_NAME,
        "financial_connections_account": None,
        "fingerprint": account.fingerprint,
        "last4": account.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": TEST_ROUTING_NUMBER,
        "status_details": {},
    }


def _read_boleto(details: JsonObject) -> tuple[JsonObject, str]:
    """Check a CPF or CNPJ. In Stripe's test mode, zeros are also valid."""
    tax_id = details.get("tax_id")
    if not tax_id:
        raise missing_parameter("boleto[tax_id]")
    if sum(sign.isdigit() for sign in tax_id) not in {11, 14}:
        raise ApiError(
            "The tax ID you provided is invalid.", code="tax_id_invalid", param="boleto[tax_id]"
        )
    return {"tax_id": tax_id}, ""


def _read_ideal(details: JsonObject) -> tuple[JsonObject, str]:
    bank = details.get("bank")
    return {"bank": bank, "bic": _IDEAL_CODES.get(bank or "")}, ""


_READERS: dict[str, Callable[[JsonObject], tuple[JsonObject, str]]] = {
    "boleto": _read_boleto,
    "ideal": _read_ideal,
    "sepa_debit": _read_iban,
    "us_bank_account": _read_us_account,
}


def charge_details(method: JsonObject) -> JsonObject:
    """Return what the charge shows of the payment method."""
    kind = method["type"]
    details = {
        name: value
        for name, value in method[kind].items()
        if name not in {"financial_connections_account", "generated_from", "networks"}
        and name != "status_details"
    }
    if TYPES[kind].needs_mandate:
        details |= {"expected_debit_date": None, "mandate": method["_mandate"]}
    if kind == "us_bank_account":
        details["payment_reference"] = None
    if kind == "ideal":
        details |= {
            "generated_sepa_debit": None,
            "generated_sepa_debit_mandate": None,
            "iban_last4": None,
            "transaction_id": None,
            "verified_name": None,
        }
    return {kind: details, "type": kind}
