"""Test cards, bank accounts and vouchers, with what each one does."""

from collections.abc import Iterator

from payments_graphql.sandbox.accounts import ACCOUNTS, VOUCHER_FATES, TestAccount, VoucherFate
from payments_graphql.sandbox.cards import CARDS, TestCard
from payments_graphql.sandbox.inside.answering import PageRoute, give, wants_page
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, copyable, fill, join, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_DISPUTES = {
    "fraudulent": "Paid, then disputed as fraudulent.",
    "product_not_received": "Paid, then disputed as not received.",
    "inquiry": "Paid, then the bank opens an inquiry.",
}
_AUTHENTICATION = {
    "always": "Requires 3-D Secure for every payment.",
    "on_request": "Supports 3-D Secure, and requires it only if the payment asks for it.",
    "until_set_up": "Requires 3-D Secure until it is saved with a setup intent.",
}
_REFUNDS = {
    "settles_later": "Paid. A refund is pending, and succeeds after 1 second.",
    "fails_later": "Paid. A refund succeeds, and fails after 1 second.",
    "asks_customer": "Paid. A refund requires action by the customer and can be canceled. "
    "It succeeds after an hour. Only the sandbox has this card.",
}


_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}


class CardPages:
    def __init__(self, parts: Parts) -> None:
        del parts

    def routes(self) -> list[PageRoute]:
        return [("GET", "/_sandbox/cards", self.list_all)]

    def list_all(self, request: HttpRequest) -> HttpAnswer | Page:
        if not wants_page(request):
            return give({"data": [_as_json(card) for card in CARDS]})
        sections = join(
            fill("<h2>{}</h2>{}", title, table(("Number", "In the API", "Effect"), rows))
            for title, rows in (
                *((title, map(_card_cells, cards)) for title, cards in _group().items()),
                ("IBANs (sepa_debit, EUR)", map(_account_cells, ACCOUNTS["sepa_debit"].values())),
                (
                    "US bank accounts (routing number 110000000, USD)",
                    map(_account_cells, ACCOUNTS["us_bank_account"].values()),
                ),
            )
        )
        return show(
            "Test cards",
            Html(
                "<p>Use any expiration date in the future and any security code. The sandbox "
                "declines every other card number.</p>"
            ),
            sections,
            Html("<h2>Boleto (BRL, tax ID 000.000.000-00)</h2>"),
            table(("Email address", "Effect"), _voucher_rows()),
            Html("<h2>iDEAL (EUR)</h2><p>Shows a bank page to authorize or fail the payment.</p>"),
            copies=True,
        )


def describe(card: TestCard) -> str:
    """Say what a card does, in one or two sentences."""
    if card.decline is not None:
        declined = f"Declined: {card.decline.decline_code}."
        if card.decline.is_blocked:
            return f"{declined} Radar blocks the charge."
        return f"{declined} It can be saved." if card.attaches else declined
    if card.authentication != "never":
        return _AUTHENTICATION[card.authentication]
    if card.dispute is not None:
        return _DISPUTES[card.dispute]
    if card.refund != "succeeds":
        return _REFUNDS[card.refund]
    if card.is_reported:
        return "Paid, with an early fraud warning from the bank."
    if card.is_available_at_once:
        return "Paid. The money skips the pending balance."
    return "Paid."


def _group() -> dict[str, list[TestCard]]:
    groups: dict[str, list[TestCard]] = {}
    for card in CARDS:
        groups.setdefault(_title(card), []).append(card)
    return groups


def _title(card: TestCard) -> str:
    if card.decline is not None:
        return "Declined"
    if card.authentication != "never":
        return "3-D Secure"
    if card.dispute is not None or card.is_reported:
        return "Disputes and fraud"
    return "Refunds" if card.refund != "succeeds" else "Paid"


def _as_json(card: TestCard) -> dict[str, str]:
    return {
        "number": card.number,
        "payment_method": f"pm_card_{card.names[0]}",
        "brand": card.brand,
        "description": describe(card),
    }


def _card_cells(card: TestCard) -> Iterator[object]:
    name = f"{_BRANDS.get(card.brand, card.brand.capitalize())} {card.funding}"
    yield copyable(f"{name} {card.last4}", card.number)
    yield fill("<code>pm_card_{}</code><br>{}", card.names[0], name)
    yield describe(card)


def _account_cells(account: TestAccount) -> Iterator[object]:
    yield copyable(f"Account {account.last4}", account.number)
    yield join(fill("<code>{}</code>", name) for name in account.names)
    yield _describe_account(account)


def _describe_account(account: TestAccount) -> str:
    when = f" after {account.delay // 60} minutes" if account.delay >= 60 else ""
    if account.outcome == "stays":
        return "Stays in processing."
    if account.outcome == "fails":
        reason = f": {account.failure[0]}" if account.failure[0] else ""
        return f"Processing, then fails{when}{reason}."
    if account.is_disputed:
        return "Processing, then paid, then disputed. The dispute is lost at once."
    return f"Processing, then paid{when}."


def _voucher_rows() -> Iterator[tuple[object, str]]:
    yield "Any other address", "The voucher is paid after 3 minutes."
    for name, fate in VOUCHER_FATES:
        yield fill("<code>{}@example.com</code>", name), _describe_voucher(fate)


def _describe_voucher(fate: VoucherFate) -> str:
    if fate.paid_after is not None:
        return "The voucher is paid at once."
    if fate.expires_in is None:
        return "The voucher is never paid. It expires when its days are over."
    if fate.expires_in == 0:
        return "The voucher expires at once."
    return f"The voucher expires after {fate.expires_in // 60} minutes."
