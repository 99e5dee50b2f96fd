"""No secret in a text gets through, and other text stays readable."""

import datetime
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments_graphql.log_redaction import redact_text, redact_value
from payments_graphql.secret_texts import LONGEST_TEXT
from tests.redaction.examples import SECRETS, VISIBLE


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_does_not_get_past(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret in text
    assert secret not in redact_text(text)


@pytest.mark.parametrize("text", VISIBLE)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@given(st.uuids(version=4))
def test_our_ids_stay(pk: uuid.UUID) -> None:
    assert redact_text(f"id={pk} hex={pk.hex}") == f"id={pk} hex={pk.hex}"


@given(
    st.uuids(version=4).map(
        lambda pk: uuid.UUID(str(pk).translate(str.maketrans("abcdef", "424242")))
    )
)
def test_an_id_of_digits_alone_is_no_card(pk: uuid.UUID) -> None:
    assert redact_text(str(pk)) == str(pk)


@given(st.datetimes(min_value=datetime.datetime.fromisoformat("2001-09-09")))
def test_times_stay(moment: datetime.datetime) -> None:
    if moment.year < 2033:
        stamp = int(moment.replace(tzinfo=datetime.UTC).timestamp())
        for text in (str(stamp), f"{stamp}000", f"{stamp}000000", f"{stamp}000000000"):
            assert redact_text(text) == text
        assert redact_value(stamp * 10**9) == stamp * 10**9
    assert redact_text(moment.isoformat()) == moment.isoformat()
    assert redact_value(moment) == moment


@given(st.integers(min_value=-999_999_999_999, max_value=999_999_999_999))
def test_amounts_stay(amount: int) -> None:
    assert redact_value(amount) == amount
    assert redact_text(f"amount {amount} USD") == f"amount {amount} USD"


@given(st.floats())
def test_numbers_with_a_fraction_stay(number: float) -> None:
    if abs(number) < 1e12:
        assert redact_text(f"took {number!r} s") == f"took {number!r} s"


def _with_check_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return digits + str(-total % 10)


cards = st.builds(
    lambda begin, rest: _with_check_digit(begin + rest),
    st.sampled_from(["4", "51", "55", "2221", "2720", "6011", "65", "50", "67"]),
    st.text("0123456789", min_size=11, max_size=11),
).map(lambda digits: _with_check_digit(digits[:15]))


@given(cards, st.text("abcxyz .,:=/\"'{}()", max_size=12), st.data())
def test_no_card_number_gets_past_in_any_grouping(card: str, around: str, data: Any) -> None:
    grouped = card[0] + "".join(
        data.draw(st.sampled_from(["", "", "", " ", "-"])) + digit for digit in card[1:]
    )
    shown = redact_text(f"{around}{grouped}{around}")
    assert grouped not in shown
    assert not any(grouped[start : start + 10] in shown for start in range(len(grouped) - 9))


emails = st.builds(
    "{}@{}.{}".format,
    st.text("abcdefghij0123456789.+-_%", min_size=2, max_size=20),
    st.sampled_from(["example", "mail-1.example"]),
    st.sampled_from(["com", "co.uk", "museum"]),
)


@given(emails, st.text("xyz ,:;<>()[]'\"=\n", max_size=8))
def test_no_e_mail_address_gets_past(email: str, around: str) -> None:
    assert email not in redact_text(f"{around}{email}{around}")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000, "1" * 100_000, "1 " * 50_000, "1   " * 25_000, "_secret_" * 10_000,
        "password" * 10_000, "password " + " " * 50_000, "password='" + "\\" * 50_000,
        "password=[" * 10_000, "a@" * 50_000, "a.a" * 30_000 + "@", '"a' * 30_000 + "@",
        "x@" + "a." * 40_000 + "-", "://" * 30_000, "://a" + "b:" * 40_000, "token " * 20_000,
        "bearer " + " " * 50_000, "Authorization" * 8_000, "f" * 100_000, "-" * 100_000,
        "'" * 50_000, "%20" * 30_000, '\\"' * 30_000, "token\\" * 20_000, "a%40" * 20_000,
    ],
    ids=lambda text: f"{text[:12]!r}",
)  # fmt: skip
def test_a_long_text_becomes_short(text: str) -> None:
    shown = redact_text(text)
    assert len(shown) <= LONGEST_TEXT + 100


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_the_cut_tears_is_not_shown_in_part(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret in text
    for kept in range(1, len(text), 4):
        before = f"password={'x' * 300} " + "word " * 500
        before = before[: LONGEST_TEXT - kept - 1] + " "
        shown, _, mark = redact_text(f"{before}{text} more").partition("…")
        assert before.replace("x" * 300, "[redacted]").startswith(shown)
        assert mark == f" [{len(before) + len(text) + 5} characters]"
