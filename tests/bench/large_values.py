"""The values that rows of the large database have in common, as SQL. `n` is the number of a row."""

ACCOUNT = "acct_large"
_TWO_YEARS = 730 * 24 * 3600


CURRENCY = (
    "CASE WHEN n % 10 < 7 THEN 'USD' WHEN n % 10 < 9 THEN 'EUR' WHEN n % 20 = 9 THEN 'GBP' "
    "ELSE 'JPY' END"
)
DECLINE = (
    "(ARRAY['generic_decline', 'insufficient_funds', 'expired_card', 'stolen_card', "
    "'do_not_honor'])[1 + n % 5]"
)


def make_status(payments: int) -> str:
    """A payment waits for its customer for a week or so, and is held for as long."""
    newest = payments // 100
    return (
        "CASE WHEN n % 16 = 3 THEN 'requires_payment_method' WHEN n % 25 = 6 THEN 'canceled' "
        f"WHEN n <= {newest} AND n % 7 = 1 THEN 'requires_action' "
        f"WHEN n <= {newest} AND n % 13 = 2 THEN 'requires_capture' ELSE 'succeeded' END"
    )


def make_payer(people: int) -> str:
    """The number of the customer of payment n."""
    return f"CASE WHEN n % 100 = 7 THEN 1 ELSE 1 + n % {people} END"


def make_time(count: int) -> str:
    """Row 1 is the newest."""
    return f"(now() - n * interval '{_TWO_YEARS / count:.4f} seconds')"


def mirrored(name: str, made: str) -> dict[str, str]:
    return {
        "id": f"md5('{name}' || n)::uuid",
        "livemode": "false",
        "account": f"'{ACCOUNT}'",
        "version": "3",
        "as_of": made,
        "created_at": made,
        "updated_at": made,
        **({"unchecked_since": "NULL"} if name in _SUMMED else {}),
    }


_SUMMED = ("payment", "refund", "dispute")


def count_people(payments: int) -> int:
    return max(payments // 10, 10)
