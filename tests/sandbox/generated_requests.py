"""Generates unusual requests from the parameters of each operation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from payments_graphql.sandbox.routes import ROUTES, Route

type Json = dict[str, Any]
type Draw = Callable[[st.SearchStrategy[Any]], Any]

# A path or parameter that names an object: replaced by a new one of that kind when it is sent.
KINDS = {
    "charge": "charge",
    "customer": "customer",
    "dispute": "dispute",
    "file": "file",
    "early_fraud_warning": "radar.early_fraud_warning",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "payout": "payout",
    "refund": "refund",
    "setup_intent": "setup_intent",
    "source": "charge",
    "webhook_endpoint": "webhook_endpoint",
}
# Objects that are created in several states, because the state decides what is allowed.
STATES = {
    "payment_intent": ("open", "confirmable", "waiting", "authorized", "paid", "canceled"),
    "charge": ("captured", "authorized", "failed"),
    "dispute": ("chargeback", "inquiry"),
    "refund": ("pending", "succeeded"),
    "setup_intent": ("open", "confirmable", "waiting", "succeeded"),
}
_DEEPEST = 5
_CARDS = (
    *("visa", "amex", "chargeDeclined", "chargeCustomerFail", "threeDSecureRequired"),
    *("authenticationRequiredOnSetup", "createDispute", "createDisputeInquiry", "pendingRefund"),
)
_TEXT = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", " ", "0", "null", "\x00", "'\"<>&%", "x" * 501, "x" * 5001, "é💳", "-1"]),
)
_WHOLE = st.one_of(
    st.sampled_from([0, 1, -1, 50, 100, 500, 2000, 10**12, 10**18, 1893456000]),
    st.integers(-(2**70), 2**70),
)
_NUMBER = st.one_of(
    _WHOLE.map(str), st.sampled_from(["1.5", "NaN", "1e400", "-Infinity", "٣", " 5", "", "0x1"])
)
_BOOLEANS = ("true", "false")
# Parameters that lead an intent to its charge or decline.
_TOGETHER = {"confirm", "payment_method", "payment_method_types"}
# Parameters with which most requests are refused.
_SELDOM = {
    *("application_fee", "application_fee_amount", "attach_to_self", "confirmation_token"),
    *("destination", "ending_before", "expand", "flow_directions", "hooks", "on_behalf_of"),
    *("payout", "reverse_transfer", "single_use", "starting_after", "transfer_data"),
}
_PLAIN_NUMBER = st.sampled_from(["1", "3", "500"])
_PLAIN_TEXT = st.sampled_from(["a", "Alice", "x" * 22, "card"])
_FITTING: dict[str, st.SearchStrategy[str]] = {
    "amount": st.sampled_from(["500", "2000", "700", "100"]),
    "amount_to_capture": st.sampled_from(["500", "2000"]),
    "capture_method": st.sampled_from(["automatic", "manual", "automatic_async"]),
    "currency": st.sampled_from(["usd", "EUR", "jpy", "bhd", "isk"]),
    "exp_month": st.sampled_from(["1", "12"]),
    "exp_year": st.sampled_from(["40", "2040", "1999"]),
    "description": st.sampled_from(["Lisbon", ""]),
    "expand[]": st.sampled_from(["customer", "charge", "data.customer", "payment_method"]),
    "confirm": st.just("true"),
    "limit": st.sampled_from(["1", "3", "100"]),
    "number": st.sampled_from(["4242424242424242", "4000000000000002", "4242"]),
    "query": st.sampled_from(["email:'a@example.com'", "metadata['a']:'1' AND name:\"b\"", "x"]),
    "payment_method_types[]": st.just("card"),
    "return_url": st.just("https://shop.example/done"),
    "source": st.sampled_from(["tok_visa", "tok_chargeDeclined", "tok_createDispute"]),
    "token": st.sampled_from(["tok_visa", "tok_threeDSecureRequired", "tok_no"]),
    "type": st.sampled_from(["card", "charge", "charge.succeeded"]),
    "uncategorized_text": st.sampled_from(["winning_evidence", "x" * 20_000]),
    "url": st.sampled_from(["http://127.0.0.1:9/", "https://[::1", "http://a b", "ftp://x/"]),
}


@dataclass(frozen=True)
class Generated:
    """One request. An id such as `@refund/pending` stands for a new object of that kind."""

    route: Route
    ids: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]

    def encode(self, id_of: Callable[[str], str]) -> tuple[str, str]:
        """Return the path and the form."""
        path = self.route.template
        for name in self.ids:
            start, end = path.index("{"), path.index("}")
            path = path[:start] + quote(_resolved(name, id_of), safe="") + path[end + 1 :]
        form = "&".join(
            f"{quote(name, safe='[]')}={quote(_resolved(value, id_of))}"
            for name, value in self.fields
        )
        return path, form


def _resolved(value: str, id_of: Callable[[str], str]) -> str:
    return id_of(value[1:]) if value in _PLACEHOLDERS else value


def _placeholders(kind: str) -> list[str]:
    return [f"@{kind}/{state}" for state in STATES.get(kind, ("new",))]


_PLACEHOLDERS = {
    one
    for kind in {*KINDS.values(), *(route.kind for route in ROUTES)}
    for one in _placeholders(kind)
}


@st.composite
def requests(draw: Draw) -> Generated:
    route = draw(st.sampled_from(ROUTES))
    names = [part.split("}")[0] for part in route.template.split("{")[1:]]
    ids = tuple(_path_id(draw, route, name) for name in names)
    fields = tuple(_object(draw, route.parameters, "", 0))
    return Generated(route, ids, fields)


def _path_id(draw: Draw, route: Route, name: str) -> str:
    if draw(st.integers(0, 9)) == 0:
        return str(draw(st.text(min_size=1, max_size=12).filter(lambda text: text[0] != "@")))
    return str(draw(st.sampled_from(_placeholders(KINDS.get(name, route.kind)))))


def _object(draw: Draw, schema: Json, path: str, depth: int) -> list[tuple[str, str]]:
    """Choose a few parameters, nearly always with the required ones."""
    properties = schema.get("properties")
    if not properties and not path:
        return []
    if not properties:
        return [
            (f"{path}[{key}]", draw(_TEXT))
            for key in draw(st.lists(st.text(min_size=1, max_size=5), max_size=2))
        ]
    chosen = set(draw(st.lists(st.sampled_from(sorted(properties)), max_size=4 - depth // 2)))
    if draw(st.integers(0, 4)):
        chosen -= _SELDOM
    if draw(st.booleans()):
        chosen |= _TOGETHER & properties.keys()
    if draw(st.integers(0, 19)):
        chosen |= set(schema.get("required", []))
    fields = [
        field
        for name in sorted(chosen)
        for field in _value(draw, properties[name], f"{path}[{name}]" if path else name, depth + 1)
    ]
    return [*fields, ("nonsense", "1")] if draw(st.integers(0, 39)) == 0 else fields


def _value(draw: Draw, schema: Json, path: str, depth: int) -> list[tuple[str, str]]:
    if draw(st.integers(0, 39)) == 0:
        return [(path, draw(_TEXT))]
    if "anyOf" in schema:
        return _value(draw, draw(st.sampled_from(schema["anyOf"])), path, depth)
    match schema.get("type", "string"):
        case "object" if depth < _DEEPEST:
            return _object(draw, schema, path, depth)
        case "array" if depth < _DEEPEST:
            return [
                (name.replace(path, f"{path}[]", 1), value)
                for _ in range(draw(st.integers(0, 2)))
                for name, value in _value(draw, schema["items"], path, depth + 1)
            ]
        case kind:
            return [(path, _scalar(draw, schema, kind, path))]


def _scalar(draw: Draw, schema: Json, kind: str, path: str) -> str:
    name = path if path.endswith("[]") else path.rpartition("[")[2].rstrip("]")
    if "enum" in schema:
        known = [one for one in schema["enum"] if one] or [""]
        return "nonsense" if draw(st.integers(0, 29)) == 0 else str(draw(st.sampled_from(known)))
    if kind == "boolean":
        usual = _FITTING.get(name, st.sampled_from(_BOOLEANS))
        return "maybe" if draw(st.integers(0, 29)) == 0 else str(draw(usual))
    is_number = kind in {"integer", "number"}
    wild = _NUMBER if is_number else _TEXT
    fitting = _FITTING.get(name, _PLAIN_NUMBER if is_number else _PLAIN_TEXT)
    if name in KINDS and name not in _FITTING:
        fitting = st.sampled_from(_placeholders(KINDS[name]))
        if name == "payment_method":
            fitting = st.sampled_from([f"pm_card_{card}" for card in _CARDS])
    return str(draw(wild if draw(st.integers(0, 14)) == 0 else fitting))
