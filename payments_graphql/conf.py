"""All settings with their types and defaults. `checks/` reports invalid values."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings

from .confidential import ConfidentialText

DEFAULT_RATE_LIMITS: Mapping[str, str] = {
    "create.user": "20/minute;200/hour",
    "create.address": "60/minute;600/hour",
    "confirm.user": "20/minute;200/hour",
    "confirm.address": "60/minute;600/hour",
    "setup.user": "10/minute;60/hour",
    "setup.address": "30/minute;180/hour",
    "change.user": "30/minute;300/hour",
    "change.address": "90/minute;900/hour",
    "refund.user": "10/minute;100/hour",
    "refund.address": "30/minute;300/hour",
    "read.user": "60/minute;600/hour",
    "read.address": "180/minute;1800/hour",
    "sign_in.pair": "10/minute;60/hour",
    "sign_in.address": "30/minute;300/hour",
}
"""The limits per address are higher, since a whole office can share one address. `pair` is a
username together with the address that tries it."""


def _get(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


class Conf:
    """Read at each access, so `override_settings` works in tests."""

    @property
    def STRIPE_SECRET_KEY(self) -> str:
        """A secret key (`sk_test_...`, `sk_live_...`) or a restricted key (`rk_...`)."""
        return ConfidentialText(_get("STRIPE_SECRET_KEY", ""))

    @property
    def STRIPE_PUBLISHABLE_KEY(self) -> str:
        """`pk_test_...` or `pk_live_...`: the key for the browser."""
        return str(_get("STRIPE_PUBLISHABLE_KEY", ""))

    @property
    def STRIPE_WEBHOOK_SECRETS(self) -> tuple[str, ...]:
        """From `STRIPE_WEBHOOK_SECRET`: one `whsec_...`, or several while a secret is rolled.

        Accepts a list or comma-separated text. Empty entries are dropped: anyone can sign with an
        empty secret.
        """
        value = _get("STRIPE_WEBHOOK_SECRET", "")
        secrets = value.split(",") if isinstance(value, str) else value
        return tuple(
            ConfidentialText(secret.strip()) for secret in secrets if secret and secret.strip()
        )

    @property
    def STRIPE_API_BASE(self) -> str:
        """The address of a server to use instead of Stripe, such as the sandbox. Empty: Stripe."""
        return str(_get("STRIPE_API_BASE", "") or "")

    @property
    def PAYMENTS_SANDBOX(self) -> object | None:
        """The sandbox running in this process during a test. Set by `payments_graphql.testing`."""
        sandbox: object | None = _get("PAYMENTS_SANDBOX", None)
        return sandbox

    @property
    def livemode(self) -> bool:
        return self.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))

    @property
    def PAYMENTS_ACCOUNT(self) -> str:
        """`acct_...`. Required only for a restricted key that may not read its own account. Empty:
        read from Stripe once."""
        # Other code calls `models.get_account`, which handles both cases.
        return str(_get("PAYMENTS_ACCOUNT", ""))

    @property
    def PAYMENTS_INSTALLATION_ID(self) -> str:
        """Written to Stripe's metadata. Must be unique among sites that share a Stripe account."""
        return str(_get("PAYMENTS_INSTALLATION_ID", "payments_graphql"))

    @property
    def PAYMENTS_BOOKING_MODEL(self) -> str:
        """`app_label.Model` of what customers pay for. See `models.booking.AbstractBooking`."""
        return str(_get("PAYMENTS_BOOKING_MODEL", "payments_graphql.Booking"))

    @property
    def PAYMENTS_BOOKING_MIGRATION(self) -> str:
        """The migration that creates the table of `PAYMENTS_BOOKING_MODEL`, such as `0005_booking`.
        Required if it is not the first migration of its app."""
        return str(_get("PAYMENTS_BOOKING_MIGRATION", "__first__"))

    @property
    def PAYMENTS_ALLOW_FREE_AMOUNT(self) -> bool:
        """Whether a GraphQL client may choose the amount of a payment without a booking."""
        return bool(_get("PAYMENTS_ALLOW_FREE_AMOUNT", settings.DEBUG))

    @property
    def PAYMENTS_OWNERS_MAY_REFUND(self) -> bool:
        """Whether customers may refund their own payments without the Django permission."""
        return bool(_get("PAYMENTS_OWNERS_MAY_REFUND", settings.DEBUG))

    @property
    def PAYMENTS_REFUND_LIMITS(self) -> Mapping[str, Any]:
        """How much the people of a group may refund without approval, by currency:
        `{"Support": {"EUR": "500.00/day;2000.00/month"}, "Finance": "unlimited"}`. The periods are
        `day`, `week` and `month` (30 days). If set, people in no listed group refund nothing.
        Superusers and customers who refund their own payments have no limit. See Note [Refund
        limits]."""
        limits: Mapping[str, Any] = _get("PAYMENTS_REFUND_LIMITS", {}) or {}
        return limits

    @property
    def PAYMENTS_REFUND_APPROVAL_ABOVE(self) -> Mapping[str, Any]:
        """The amount of a payment, by currency, above which a second person must approve a refund:
        `{"EUR": "1000.00", "JPY": "unlimited"}`. If set, refunds in other currencies always need
        approval. Applies to superusers too. See docs/refund-approval.md."""
        amounts: Mapping[str, Any] = _get("PAYMENTS_REFUND_APPROVAL_ABOVE", {}) or {}
        return amounts

    @property
    def PAYMENTS_GRAPHIQL(self) -> bool:
        """Whether to serve GraphiQL at the API's address. Outside of development it requires
        signing in, at `LOGIN_URL`."""
        return bool(_get("PAYMENTS_GRAPHIQL", settings.DEBUG))

    @property
    def PAYMENTS_POLICY(self) -> str:
        """Dotted path of the class that decides who may do what. See `policy.get_policy`."""
        return str(_get("PAYMENTS_POLICY", "payments_graphql.policy.Policy"))

    @property
    def PAYMENTS_AUTHENTICATION_CLASSES(self) -> Sequence[str]:
        """Dotted paths of authentication classes with Django REST framework's interface:
        `authenticate(request)` and `authenticate_header(request)`. They are tried in order. The
        default is django-rest-knox's class, if installed. A session with a CSRF token always
        works too."""
        of_knox = "payments_graphql.token_authentication.TokenAuthentication"
        default = [of_knox] if apps.is_installed("knox") else []
        paths: Sequence[str] = _get("PAYMENTS_AUTHENTICATION_CLASSES", default)
        return paths

    @property
    def PAYMENTS_RETURN_URLS(self) -> tuple[str, ...]:
        """Origins (`https://shop.example`) allowed in `returnUrl`, where the customer returns after
        3-D Secure or a bank's page."""
        return tuple(_get("PAYMENTS_RETURN_URLS", ()))

    @property
    def PAYMENTS_PAYMENT_METHOD_TYPES(self) -> tuple[str, ...] | None:
        """The payment method types to offer, such as `["card", "sepa_debit"]`. None: the types
        enabled in Stripe's Dashboard."""
        types = _get("PAYMENTS_PAYMENT_METHOD_TYPES", None)
        return None if types is None else tuple(types)

    @property
    def PAYMENTS_ALLOW_REDIRECTS(self) -> bool:
        """Whether to offer types enabled in the Dashboard that redirect the customer, such as
        iDEAL. Requires `PAYMENTS_RETURN_URLS`."""
        return bool(_get("PAYMENTS_ALLOW_REDIRECTS", False))

    @property
    def PAYMENTS_GRAPHQL_SCHEMA(self) -> str:
        """Dotted path of the site's own schema, if it includes our types. Empty: our schema."""
        return str(_get("PAYMENTS_GRAPHQL_SCHEMA", ""))

    @property
    def PAYMENTS_GRAPHQL_INTROSPECTION(self) -> bool:
        """Whether clients may query `__schema` and `__type`. By default only with DEBUG."""
        return bool(_get("PAYMENTS_GRAPHQL_INTROSPECTION", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_SUGGESTIONS(self) -> bool:
        """Whether errors suggest names ("Did you mean ...?"). By default only with DEBUG."""
        return bool(_get("PAYMENTS_GRAPHQL_SUGGESTIONS", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_MAX_BODY(self) -> int:
        """The maximum size of a request's body or query string, in bytes.

        Raise it to submit long dispute evidence, which may have up to 150,000 characters.
        """
        return int(_get("PAYMENTS_GRAPHQL_MAX_BODY", 65_536))

    @property
    def PAYMENTS_GRAPHQL_MAX_TOKENS(self) -> int:
        """The maximum number of tokens in a document, and of comments. Introspection uses about
        200 tokens."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_TOKENS", 2000))

    @property
    def PAYMENTS_GRAPHQL_MAX_DEPTH(self) -> int:
        """The maximum nesting of fields, including fragments. Introspection has its own limit."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_DEPTH", 12))

    @property
    def PAYMENTS_GRAPHQL_MAX_FIELDS(self) -> int:
        """The maximum number of fields and fragments in a document. A fragment counts each time it
        is spread."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_FIELDS", 1000))

    @property
    def PAYMENTS_GRAPHQL_MAX_ALIASES(self) -> int:
        """The maximum number of aliases in an operation. Those of a fragment count each time it is
        spread."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_ALIASES", 30))

    @property
    def PAYMENTS_GRAPHQL_MAX_REPEATS(self) -> int:
        """How often a field may be selected in the same place, directly or through fragments."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_REPEATS", 30))

    @property
    def PAYMENTS_GRAPHQL_MAX_DIRECTIVES(self) -> int:
        """The maximum number of directives in a document."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_DIRECTIVES", 50))

    @property
    def PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE(self) -> int:
        """The maximum number of directives on one field, fragment, variable or operation."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE", 5))

    @property
    def PAYMENTS_GRAPHQL_MAX_PAGE(self) -> int:
        """The maximum of `first` and `last`."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_PAGE", 100))

    @property
    def PAYMENTS_GRAPHQL_MAX_COST(self) -> int:
        """The maximum number of values in an answer, computed from the requested page sizes.
        `extensions.cost` shows it."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_COST", 10_000))

    @property
    def PAYMENTS_GRAPHQL_PLANS(self) -> bool:
        """Whether queries are answered by plans that are made once per document, which is several
        times faster. False: by graphql-core alone."""
        return bool(_get("PAYMENTS_GRAPHQL_PLANS", True))

    @property
    def PAYMENTS_GRAPHQL_MAX_ERRORS(self) -> int:
        """The maximum number of errors in an answer. A last error says how many were left out."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_ERRORS", 10))

    @property
    def PAYMENTS_STRIPE_TIMEOUT(self) -> tuple[float, float]:
        """Seconds to connect, and seconds to wait for an answer, per attempt. See Note
        [Deadlines]."""
        connect, read = _get("PAYMENTS_STRIPE_TIMEOUT", (3.0, 20.0))
        return float(connect), float(read)

    @property
    def PAYMENTS_STRIPE_CONCURRENCY(self) -> int:
        """How many requests of one process may wait for Stripe at the same time. Others get an
        error that asks to retry. Keep it below the number of server threads, so that some are
        left for other requests."""
        return int(_get("PAYMENTS_STRIPE_CONCURRENCY", 6))

    @property
    def PAYMENTS_OPERATION_TIMEOUT(self) -> float:
        """Seconds a caller waits for all attempts of one operation."""
        return float(_get("PAYMENTS_OPERATION_TIMEOUT", 60.0))

    @property
    def PAYMENTS_REQUEST_TIMEOUT(self) -> float:
        """Seconds for a client's whole request, however many operations it needs."""
        return float(_get("PAYMENTS_REQUEST_TIMEOUT", 90.0))

    @property
    def PAYMENTS_OPERATION_LEASE(self) -> float:
        """Seconds until another process may take over an operation whose process died. Must exceed
        `PAYMENTS_REQUEST_TIMEOUT`."""
        return float(_get("PAYMENTS_OPERATION_LEASE", 120.0))

    @property
    def PAYMENTS_CANCEL_UNPAID_AFTER(self) -> timedelta | None:
        """`payments_reconcile` cancels payments that nobody has paid or changed for this long.
        None: never. Vouchers keep their own deadline: see Note [Waiting for the customer]."""
        after: timedelta | None = _get("PAYMENTS_CANCEL_UNPAID_AFTER", timedelta(hours=24))
        return after

    @property
    def PAYMENTS_RATE_LIMITS(self) -> Mapping[str, str]:
        """How many requests are allowed in which time, such as `"20/minute;200/hour"`, by name.

        Names left out keep their default (`DEFAULT_RATE_LIMITS`). An empty text means no limit.
        None instead of a dict disables all limits.
        """
        own: Mapping[str, str] | None = _get("PAYMENTS_RATE_LIMITS", {})
        if own is None:
            return dict.fromkeys(DEFAULT_RATE_LIMITS, "")
        return {**DEFAULT_RATE_LIMITS, **own}

    @property
    def PAYMENTS_RATE_LIMIT_STORAGE(self) -> str:
        """Where requests are counted: `memory://`, separately in each process, or
        `redis://host:6379/0`, for all processes together. Redis requires the extra
        `payments-graphql[redis]`."""
        return str(_get("PAYMENTS_RATE_LIMIT_STORAGE", "memory://") or "memory://")

    @property
    def PAYMENTS_TRUSTED_PROXIES(self) -> int:
        """How many trusted proxies a request passes through. Each must append to
        `X-Forwarded-For`. See Note [The client's address]."""
        return int(_get("PAYMENTS_TRUSTED_PROXIES", 0))

    @property
    def PAYMENTS_FAILURES_PER_INTENT(self) -> int:
        """How many failed attempts to pay one payment, or to save one card, count as card testing.
        0: no limit. See Note [Card testing]."""
        return int(_get("PAYMENTS_FAILURES_PER_INTENT", 10))

    @property
    def PAYMENTS_FAILURES_PER_USER(self) -> str:
        """The same for all attempts of one user, such as `"20/hour"`. Empty: no limit."""
        return str(_get("PAYMENTS_FAILURES_PER_USER", "20/hour"))

    @property
    def PAYMENTS_FAILURES_BLOCK(self) -> timedelta:
        """How long after the last failure a suspected card tester may not start a payment."""
        block: timedelta = _get("PAYMENTS_FAILURES_BLOCK", timedelta(hours=1))
        return block

    @property
    def PAYMENTS_DISPUTE_DUE_SOON(self) -> timedelta:
        """How long before a dispute's evidence is due `payments_reconcile` sends the signal
        `dispute_due_soon`."""
        before: timedelta = _get("PAYMENTS_DISPUTE_DUE_SOON", timedelta(days=3))
        return before

    @property
    def PAYMENTS_DISPUTE_EVIDENCE(self) -> Mapping[str, str]:
        """Texts that fill the form for answering any dispute, by type of evidence, such as
        `{"refund_policy_disclosure": "Shown above the pay button: ..."}`."""
        texts: Mapping[str, str] = _get("PAYMENTS_DISPUTE_EVIDENCE", {})
        return texts

    @property
    def PAYMENTS_KEEP_PAYLOADS(self) -> timedelta | None:
        """How long `payments_prune` keeps payloads of processed webhook events, at least 35 days.
        None: forever."""
        age: timedelta | None = _get("PAYMENTS_KEEP_PAYLOADS", None)
        return age

    @property
    def PAYMENTS_KEEP_EVENTS(self) -> timedelta | None:
        """How long `payments_prune` keeps processed webhook events, at least 35 days.
        None: forever."""
        age: timedelta | None = _get("PAYMENTS_KEEP_EVENTS", None)
        return age

    @property
    def PAYMENTS_KEEP_OPERATIONS(self) -> timedelta | None:
        """How long `payments_prune` keeps settled operations of final payments, at least 35 days.
        None: forever."""
        age: timedelta | None = _get("PAYMENTS_KEEP_OPERATIONS", None)
        return age

    @property
    def PAYMENTS_KEEP_STATUS_CHANGES(self) -> timedelta | None:
        """How long `payments_prune` keeps the status changes of final payments, at least 35 days.
        None: forever."""
        age: timedelta | None = _get("PAYMENTS_KEEP_STATUS_CHANGES", None)
        return age

    @property
    def PAYMENTS_IGNORED_PROBLEMS(self) -> tuple[str, ...]:
        """Kinds of problems that nobody needs to hear of, such as `["unknown_customers"]` if
        another system uses the same Stripe account. docs/runbook.md lists all kinds."""
        return tuple(_get("PAYMENTS_IGNORED_PROBLEMS", ()))

    @property
    def PAYMENTS_STREAM_HEARTBEAT(self) -> float:
        """Seconds of silence after which a stream sends a heartbeat and checks that its user is
        still signed in. Must be below the time-out of any proxy, often 30 or 60 seconds."""
        return float(_get("PAYMENTS_STREAM_HEARTBEAT", 12.0))

    @property
    def PAYMENTS_STREAMS_PER_PROCESS_AND_USER(self) -> int:
        """How many streams one user may have open in one process."""
        return int(_get("PAYMENTS_STREAMS_PER_PROCESS_AND_USER", 10))

    @property
    def PAYMENTS_STREAMS_PER_PROCESS(self) -> int:
        """How many streams one process serves."""
        return int(_get("PAYMENTS_STREAMS_PER_PROCESS", 2000))

    @property
    def PAYMENTS_LISTEN_URL(self) -> str:
        """`postgres://...`, the direct address of the database. Required if `DATABASES` goes
        through a pooler: LISTEN does not work with PgBouncer's transaction mode. Empty: the
        address in `DATABASES`."""
        return str(_get("PAYMENTS_LISTEN_URL", ""))

    @property
    def PAYMENTS_METRICS_TOKEN(self) -> str:
        """The bearer token with which Prometheus may read `/metrics`, at least 16 characters. See
        Note [Who may read the metrics]."""
        return str(_get("PAYMENTS_METRICS_TOKEN", "") or "")

    @property
    def PAYMENTS_METRICS_NETWORKS(self) -> tuple[str, ...]:
        """Networks such as `10.0.0.0/8` from which `/metrics` may be read without a token. An IPv6
        network can be a /64 at the smallest. Without a token and networks, nobody can read it,
        except with `DEBUG`."""
        return tuple(_get("PAYMENTS_METRICS_NETWORKS", ()))


conf = Conf()
