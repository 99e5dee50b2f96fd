"""Texts that contain secrets, and texts that only look as if they did."""

import base64
import json

from django.http import QueryDict

SECRET_KEY = "sk_live_51HabcDEFghiJKLmnoPQRstu"
CLIENT_SECRET = "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH"
CARD = "4242424242424242"
TOKEN = "9f2c" * 16


def _in_base64(before: str, secret: str) -> tuple[str, str]:
    encoded = base64.b64encode(f"{before}{secret}".encode()).decode()
    return encoded, encoded[-16:]


# What must not be found, and the whole text that contains it.
SECRETS = {
    "secret key": (SECRET_KEY, SECRET_KEY),
    "test key": ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyjWDarjtT1zdp7dc"),
    "short key": ("sk_test_abc", "sk_test_abc"),
    "restricted key": ("rk_live_51Habcdef0123", "51Habcdef0123"),
    "masked key": ("sk_test_****************p7dc", "p7dc"),
    "ephemeral key": ("ek_test_YWNjdF8xSGFiYw", "YWNjdF8xSGFiYw"),
    "row of the database": (
        "null value violates a constraint\nDETAIL: Failing row contains (7, Anna Muellerstein).",
        "Anna Muellerstein",
    ),
    "webhook secret": ("whsec_MfKQ9r8GKYqr+TwjUPD8/ILPZIo2LaLaSw==", "TwjUPD8"),
    "client secret": (CLIENT_SECRET, "YrKJUKribcBjcG8HVhfZluoGH"),
    "setup secret": ("seti_1Mm8s8_secret_NXDICJbyHmFq", "NXDICJbyHmFq"),
    "another secret": ("cuss_secret_abcdef", "abcdef"),
    "knox token": (TOKEN, TOKEN),
    "signature": (f"t=1700000000,v1={'0a1b' * 16}", "0a1b" * 16),
    "token header": ("Authorization: Token short", "short"),
    "bearer header": ("authorization: Bearer abc.def-ghi", "abc.def-ghi"),
    "basic header": ("Authorization: Basic YTpi", "YTpi"),
    "bare scheme": ("sent Bearer abc.def-ghi to Stripe", "abc.def-ghi"),
    "bare basic": ("Basic c2tfdGVzdF9hYmM6", "c2tfdGVzdF9hYmM6"),
    "cookies": ("Cookie: sessionid=xyzzy1; csrftoken=xyzzy2", "xyzzy"),
    "session id": ("sessionid=xyzzy1", "xyzzy1"),
    "form token": ("csrfmiddlewaretoken=xyzzy1&amount=5", "xyzzy1"),
    "password": ("password=hunter2&user=alice", "hunter2"),
    "password in JSON": ('{"password": "hunter 2, \\"quoted\\""}', "quoted"),
    "password in JSON in JSON": (json.dumps('{"password": "hunter 2"}'), "hunter 2"),
    "password in a dict": (repr({"new_password1": "it's hunter"}), "hunter"),
    "password in a QueryDict": (repr(QueryDict("password=hunter+2")), "hunter 2"),
    "password in a pair": (repr(("password", "hunter 2")), "hunter 2"),
    "password cut off": ('{"password": "hunter 2 and mo', "hunter 2"),
    "password in an address": ("postgres://shop:hunter2@db/shop", "hunter2"),
    "security code": ("card[cvc]=123&card[exp_year]=2030", "123"),
    "card": (CARD, CARD),
    "card with spaces": ("4242 4242 4242 4242", "4242 4242"),
    "card with dashes": ("5555-5555-5555-4444", "5555-5555"),
    "card in pairs": ("42 42 42 42 42 42 42 42", "42 42 42"),
    "card digit by digit": ("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4 2 4 2"),
    "card in an address": ("?number=4242%204242+4242+4242", "4242"),
    "card with no-break spaces": ("4242\u00a04242\u00a04242\u00a04242", "4242"),
    "card with long dashes": ("4242\u20134242\u20134242\u20134242", "4242"),
    "card on two lines": ("4242 4242\n4242 4242", "4242"),
    "American Express": ("3782 822463 10005", "822463"),
    "Diners": ("3056 930009 0204", "930009"),
    "nineteen digits": ("6011000000000000001", "6011000000"),
    "card after a number": ("order 12 4242 4242 4242 4242", "4242 4242"),
    "card in a word": ("xx4242424242424242xx", CARD),
    "card in other digits": ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "٤٢٤٢"),
    "card with dots": ("4242.4242.4242.4242", "4242"),
    "card with underscores": ("order_4242_4242_4242_4242", "4242"),
    "card with slashes": ("3782/822463/10005", "822463"),
    "card with commas": ("4242,4242,4242,4242", "4242"),
    "card with commas and blanks": ("4242, 4242, 4242, 4242", "4242"),
    "card with three blanks": ("4242   4242   4242   4242", "4242"),
    "card with zero-width spaces": ("4242\u200b4242\u200b4242\u200b4242", "4242"),
    "card with escaped spaces": (r"4242\u200b4242\u200b4242\xa04242", "4242"),
    "card with encoded spaces": ("4242%E2%80%8B4242%C2%A042424242", "4242"),
    "card digit by digit with dots": (".".join(CARD), "4.2.4.2"),
    "card in pairs with slashes": ("42/42/42/42/42/42/42/42", "42/42"),
    "card in two halves": ("42424242_42424242", "42424242"),
    "card with mixed signs": ("4242.4242-4242/4242", "4242"),
    "encoded key": ("sk%5Flive%5F51HabcDEF", "51HabcDEF"),
    "key with one encoded sign": ("sk_live%5F51HabcDEF", "51HabcDEF"),
    "key encoded twice": ("rk%255Ftest%255F51HabcDEF", "51HabcDEF"),
    "encoded webhook secret": ("whsec%5FMfKQ9r8", "MfKQ9r8"),
    "encoded client secret": ("pi_1%5Fsecret%5FYrKJUKrib", "YrKJUKrib"),
    **{
        f"{what} in base64 after {before!r}": _in_base64(before, secret)
        for what, secret in (("key", SECRET_KEY), ("client secret", CLIENT_SECRET))
        for before in ("", "a", "ab")
    },
    "encoded assignment": ("%22password%22%3A%22hunter2%22", "hunter2"),
    "encoded field": ("card%5Bcvc%5D=123", "123"),
    "encoded address": ("url=postgres%3A%2F%2Fshop%3Ahunter2%40db%2Fshop", "hunter2"),
    "password with an @ in an address": ("postgres://shop:hun@ter2@db/shop", "ter2"),
    "pwd": ("pwd=hunter2", "hunter2"),
    "pwd as a part": ("DB_PWD: hunter2", "hunter2"),
    "pass": ("user: alice, pass: hunter2", "hunter2"),
    "pass as a part": ("smtp_pass='hunter 2'", "hunter 2"),
    "e-mail with an apostrophe": ("o'brien@example.com", "brien"),
    "e-mail with an apostrophe, quoted": ("to='o'brien@example.com'", "brien"),
    "e-mail encoded twice": ("?to=alice%2540example.com", "alice"),
    "e-mail": ("alice@example.com", "alice"),
    "e-mail with a tag": ("Alice.Smith+travel@mail.example.co.uk", "lice.Smith"),
    "e-mail in an address": ("?to=alice%40example.com", "alice"),
    "quoted e-mail": ('"alice smith"@example.com', "alice"),
    "e-mail after a card": (f"{CARD}alice@example.com", "alice"),
    "e-mail in angle brackets": ("Alice <alice@example.com>", "alice"),
}  # fmt: skip

VISIBLE = [
    "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "req_l0p0VH9xnLDGph",
    "evt_1234567890123",
    "pk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "amount=9999 currency=USD",
    "amount=999999999999",
    "idempotency_key=3f1c-order-17",
    "2026-09-23T14:05:00.123456+00:00",
    "20260923140500",
    "1700000000 1700000000000 1700000000000000000",
    "duration 0.4242424242424242 s",
    "4242424242424241",  # the check digit is wrong
    "•••• 4242",
    "a•••@example.com",
    "Invalid token.",
    "token expired",
    "risk_level=normal task_id=5",
    "client_secret",
    "bypass: 3, passenger=Alice, compass: north, passed: True",
    "192.168.100.200, 10.0.0.1, 203.0.113.42",
    "1.25.3.1.4.1.311.21.20.42",
    "424242.4242424242",
    "4242424242424242.5"[1:],
    "4,242,424,242,424.24",
    "[4111, 1111111111]",
    "2026-09-23 14:05:00,123 2026/09/23 14.05.00",
    "2026-11-29_01-46-38.424242",
    "UGF5bWVudEludGVudDpiMGI1Yy0uLi4=",
    "4 of 5, 10 of 12",
    "it's at 5 o'clock",
    "http://127.0.0.1:12111/v1/payment_intents",
    "payment_intent.succeeded",
    "",
]
