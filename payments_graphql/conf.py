"""Every setting of ours with its type and default. A wrong value fails in `checks.py`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings

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
"""An address may be that of a whole office, and so gets more than a user. A pair is a name that is
tried from one address."""


def _get(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


class Conf:
    """Read at each use, so that `override_settings` works in tests."""

    @property
    def STRIPE_SECRET_KEY(self) -> str:
        """`sk_test_...`, `sk_live_...` or a restricted `rk_...` key."""
        return str(_get("STRIPE_SECRET_KEY", ""))

    @property
    def STRIPE_PUBLISHABLE_KEY(self) -> str:
        """`pk_test_...` or `pk_live_...`: the key that the browser gets."""
        return str(_get("STRIPE_PUBLISHABLE_KEY", ""))

    @property
    def STRIPE_WEBHOOK_SECRETS(self) -> tuple[str, ...]:
        """From `STRIPE_WEBHOOK_SECRET`: a `whsec_...`, or several while one is rolled.

        Taken as a list or comma-separated. Empty ones are dropped: an empty secret verifies
        signatures that anyone can make.
        """
        value = _get("STRIPE_WEBHOOK_SECRET", "")
        secrets = value.split(",") if isinstance(value, str) else value
        return tuple(secret.strip() for secret in secrets if secret and secret.strip())

    @property
    def STRIPE_API_BASE(self) -> str:
        """Another address than Stripe's own, such as the sandbox's. Empty for Stripe."""
        return str(_get("STRIPE_API_BASE", "") or "")

    @property
    def PAYMENTS_SANDBOX(self) -> object | None:
        """The sandbox in this process, while a test has one. `payments_graphql.testing` sets it."""
        sandbox: object | None = _get("PAYMENTS_SANDBOX", None)
        return sandbox

    @property
    def livemode(self) -> bool:
        return self.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))

    @property
    def PAYMENTS_ACCOUNT(self) -> str:
        """`acct_...`, for a restricted key that may not read its own account. Empty: Stripe is
        asked once. Ask `models.get_account`, which knows both."""
        return str(_get("PAYMENTS_ACCOUNT", ""))

    @property
    def PAYMENTS_INSTALLATION_ID(self) -> str:
        """Written into Stripe's metadata. Give each site that shares a Stripe account its own."""
        return str(_get("PAYMENTS_INSTALLATION_ID", "payments_graphql"))

    @property
    def PAYMENTS_BOOKING_MODEL(self) -> str:
        """`app_label.Model` of what is paid for; see `models.booking.AbstractBooking`."""
        return str(_get("PAYMENTS_BOOKING_MODEL", "payments_graphql.Booking"))

    @property
    def PAYMENTS_BOOKING_MIGRATION(self) -> str:
        """The migration that makes the table of `PAYMENTS_BOOKING_MODEL`, such as `0005_booking`,
        where it is not the first one of its app."""
        return str(_get("PAYMENTS_BOOKING_MIGRATION", "__first__"))

    @property
    def PAYMENTS_ALLOW_FREE_AMOUNT(self) -> bool:
        """May a client of the GraphQL API name the price, without a booking?"""
        return bool(_get("PAYMENTS_ALLOW_FREE_AMOUNT", settings.DEBUG))

    @property
    def PAYMENTS_OWNERS_MAY_REFUND(self) -> bool:
        """May customers refund their own payments without the Django permission?"""
        return bool(_get("PAYMENTS_OWNERS_MAY_REFUND", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHIQL(self) -> bool:
        """Is there a page at the API's address that asks it? Outside of development it needs to be
        signed in, as `LOGIN_URL` does."""
        return bool(_get("PAYMENTS_GRAPHIQL", settings.DEBUG))

    @property
    def PAYMENTS_POLICY(self) -> str:
        """Dotted path of the class that decides who may do what. See `policy.get_policy`."""
        return str(_get("PAYMENTS_POLICY", "payments_graphql.policy.Policy"))

    @property
    def PAYMENTS_AUTHENTICATION_CLASSES(self) -> Sequence[str]:
        """Dotted paths of classes with Django REST framework's interface, `authenticate(request)`
        and `authenticate_header(request)`, which are asked one after the other. By default
        django-rest-knox's where it is installed. The session, with CSRF, is always taken."""
        default = ["knox.auth.TokenAuthentication"] if apps.is_installed("knox") else []
        paths: Sequence[str] = _get("PAYMENTS_AUTHENTICATION_CLASSES", default)
        return paths

    @property
    def PAYMENTS_RETURN_URLS(self) -> tuple[str, ...]:
        """Origins (`https://shop.example`) that a `returnUrl` may lead to, after 3-D Secure or the
        page of a bank."""
        return tuple(_get("PAYMENTS_RETURN_URLS", ()))

    @property
    def PAYMENTS_PAYMENT_METHOD_TYPES(self) -> tuple[str, ...] | None:
        """The ways to pay that are offered, such as `["card", "sepa_debit"]`. None for those that
        are switched on in Stripe's Dashboard."""
        types = _get("PAYMENTS_PAYMENT_METHOD_TYPES", None)
        return None if types is None else tuple(types)

    @property
    def PAYMENTS_ALLOW_REDIRECTS(self) -> bool:
        """May the Dashboard's types be among them that leave the page, such as iDEAL? Needs
        `PAYMENTS_RETURN_URLS`."""
        return bool(_get("PAYMENTS_ALLOW_REDIRECTS", False))

    @property
    def PAYMENTS_GRAPHQL_SCHEMA(self) -> str:
        """Dotted path of the site's own schema, which has our types in it. Empty for ours alone."""
        return str(_get("PAYMENTS_GRAPHQL_SCHEMA", ""))

    @property
    def PAYMENTS_GRAPHQL_INTROSPECTION(self) -> bool:
        """May clients ask for the schema (`__schema`, `__type`)? By default in development."""
        return bool(_get("PAYMENTS_GRAPHQL_INTROSPECTION", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_SUGGESTIONS(self) -> bool:
        """Do errors suggest the schema's names ("Did you mean ...")? By default in development."""
        return bool(_get("PAYMENTS_GRAPHQL_SUGGESTIONS", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_MAX_BODY(self) -> int:
        """Bytes of a request's body, or of its query string.

        Evidence of a dispute may have 150,000 characters: raise it to send so much at once.
        """
        return int(_get("PAYMENTS_GRAPHQL_MAX_BODY", 65_536))

    @property
    def PAYMENTS_GRAPHQL_MAX_TOKENS(self) -> int:
        """Words and signs of a document, and as many comments. Introspection has some 200."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_TOKENS", 2000))

    @property
    def PAYMENTS_GRAPHQL_MAX_DEPTH(self) -> int:
        """Fields within one another, fragments included. Introspection has a bound of its own."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_DEPTH", 12))

    @property
    def PAYMENTS_GRAPHQL_MAX_FIELDS(self) -> int:
        """Fields and fragments of a document, those of a fragment wherever it is spread."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_FIELDS", 1000))

    @property
    def PAYMENTS_GRAPHQL_MAX_ALIASES(self) -> int:
        """Aliases of an operation, those of a fragment wherever it is spread."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_ALIASES", 30))

    @property
    def PAYMENTS_GRAPHQL_MAX_REPEATS(self) -> int:
        """How often one field may be selected in one place, directly or by fragments."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_REPEATS", 30))

    @property
    def PAYMENTS_GRAPHQL_MAX_DIRECTIVES(self) -> int:
        """Directives of a document."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_DIRECTIVES", 50))

    @property
    def PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE(self) -> int:
        """Directives of one field, fragment, variable or operation."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE", 5))

    @property
    def PAYMENTS_GRAPHQL_MAX_PAGE(self) -> int:
        """The largest `first` and `last`."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_PAGE", 100))

    @property
    def PAYMENTS_GRAPHQL_MAX_COST(self) -> int:
        """Values that an answer may hold, as pages are asked for: `extensions.cost` shows it."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_COST", 10_000))

    @property
    def PAYMENTS_GRAPHQL_MAX_ERRORS(self) -> int:
        """Errors in one answer; a last one says how many there are besides."""
        return int(_get("PAYMENTS_GRAPHQL_MAX_ERRORS", 10))

    @property
    def PAYMENTS_STRIPE_TIMEOUT(self) -> tuple[float, float]:
        """Seconds to connect and to wait for an answer, for one attempt. See Note [Deadlines]."""
        connect, read = _get("PAYMENTS_STRIPE_TIMEOUT", (3.0, 20.0))
        return float(connect), float(read)

    @property
    def PAYMENTS_STRIPE_CONCURRENCY(self) -> int:
        """How many requests of one process may wait for Stripe at a time; others are told to try
        again. Below the number of the server's threads, so that some are left for all the rest."""
        return int(_get("PAYMENTS_STRIPE_CONCURRENCY", 6))

    @property
    def PAYMENTS_OPERATION_TIMEOUT(self) -> float:
        """Seconds that a caller waits for all attempts of one operation."""
        return float(_get("PAYMENTS_OPERATION_TIMEOUT", 60.0))

    @property
    def PAYMENTS_REQUEST_TIMEOUT(self) -> float:
        """Seconds in which a client's request is answered, however many operations it needs."""
        return float(_get("PAYMENTS_REQUEST_TIMEOUT", 90.0))

    @property
    def PAYMENTS_OPERATION_LEASE(self) -> float:
        """Seconds until an operation whose process died may be taken over. Above the time-out."""
        return float(_get("PAYMENTS_OPERATION_LEASE", 120.0))

    @property
    def PAYMENTS_CANCEL_UNPAID_AFTER(self) -> timedelta | None:
        """Payments that nobody has paid or touched for so long are canceled by
        `payments_reconcile`. None for never. A voucher has its own time first: see Note [Waiting
        for the customer]."""
        after: timedelta | None = _get("PAYMENTS_CANCEL_UNPAID_AFTER", timedelta(hours=24))
        return after

    @property
    def PAYMENTS_RATE_LIMITS(self) -> Mapping[str, str]:
        """How many requests in which time, such as `"20/minute;200/hour"`, by what is counted.

        What is not named keeps its default (`DEFAULT_RATE_LIMITS`), an empty text is no limit, and
        None instead of a dict switches all of them off.
        """
        own: Mapping[str, str] | None = _get("PAYMENTS_RATE_LIMITS", {})
        if own is None:
            return dict.fromkeys(DEFAULT_RATE_LIMITS, "")
        return {**DEFAULT_RATE_LIMITS, **own}

    @property
    def PAYMENTS_RATE_LIMIT_STORAGE(self) -> str:
        """Where requests are counted: `memory://`, by each process alone, or `redis://host:6379/0`
        for all of them together, which needs the extra `payments-graphql[redis]`."""
        return str(_get("PAYMENTS_RATE_LIMIT_STORAGE", "memory://") or "memory://")

    @property
    def PAYMENTS_TRUSTED_PROXIES(self) -> int:
        """How many proxies of your own a request passes, each of which appends to
        `X-Forwarded-For`. See Note [The client's address]."""
        return int(_get("PAYMENTS_TRUSTED_PROXIES", 0))

    @property
    def PAYMENTS_FAILURES_PER_INTENT(self) -> int:
        """So many failed attempts to pay one payment, or to save one card, are taken for card
        testing; 0 for any number. See Note [Card testing]."""
        return int(_get("PAYMENTS_FAILURES_PER_INTENT", 10))

    @property
    def PAYMENTS_FAILURES_PER_USER(self) -> str:
        """The same for all that one user tries, such as `"20/hour"`; empty for any number."""
        return str(_get("PAYMENTS_FAILURES_PER_USER", "20/hour"))

    @property
    def PAYMENTS_FAILURES_BLOCK(self) -> timedelta:
        """How long a user who seems to test cards may begin no payment, after the last failure."""
        block: timedelta = _get("PAYMENTS_FAILURES_BLOCK", timedelta(hours=1))
        return block

    @property
    def PAYMENTS_DISPUTE_DUE_SOON(self) -> timedelta:
        """How long before the evidence of a dispute is due `payments_reconcile` sends
        `dispute_due_soon`."""
        before: timedelta = _get("PAYMENTS_DISPUTE_DUE_SOON", timedelta(days=3))
        return before

    @property
    def PAYMENTS_STREAM_HEARTBEAT(self) -> float:
        """Seconds of silence after which a stream says that it is there, and looks whether its
        person is still signed in. Below what a proxy in between allows, which is often 30 or 60."""
        return float(_get("PAYMENTS_STREAM_HEARTBEAT", 12.0))

    @property
    def PAYMENTS_STREAMS_PER_PROCESS_AND_USER(self) -> int:
        """How many streams one person may have open in one process."""
        return int(_get("PAYMENTS_STREAMS_PER_PROCESS_AND_USER", 10))

    @property
    def PAYMENTS_STREAMS_PER_PROCESS(self) -> int:
        """How many streams one process serves."""
        return int(_get("PAYMENTS_STREAMS_PER_PROCESS", 2000))

    @property
    def PAYMENTS_LISTEN_URL(self) -> str:
        """`postgres://...` of the database itself, where `DATABASES` leads through a pooler: LISTEN
        does not work through PgBouncer's transaction mode. Empty for the address in `DATABASES`."""
        return str(_get("PAYMENTS_LISTEN_URL", ""))


conf = Conf()
