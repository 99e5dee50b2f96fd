"""Keys, addresses and the account."""

from ..confidential import ConfidentialText
from .reading import get


class StripeSettings:
    """Stripe"""

    @property
    def STRIPE_PUBLISHABLE_KEY(self) -> str:
        """`pk_test_...` or `pk_live_...`: the key for the browser."""
        return str(get("STRIPE_PUBLISHABLE_KEY", ""))

    @property
    def STRIPE_SECRET_KEY(self) -> str:
        """A secret key (`sk_test_...`, `sk_live_...`) or a restricted key (`rk_...`)."""
        return ConfidentialText(get("STRIPE_SECRET_KEY", ""))

    @property
    def STRIPE_WEBHOOK_SECRETS(self) -> tuple[str, ...]:
        """From `STRIPE_WEBHOOK_SECRET`: one `whsec_...`, or several while a secret is rolled.

        Accepts a list or comma-separated text. Empty entries are dropped: anyone can sign with an
        empty secret.
        """
        value = get("STRIPE_WEBHOOK_SECRET", "")
        secrets = value.split(",") if isinstance(value, str) else value
        return tuple(
            ConfidentialText(secret.strip()) for secret in secrets if secret and secret.strip()
        )

    @property
    def STRIPE_API_BASE(self) -> str:
        """The address of a server to use instead of Stripe, such as the sandbox. Empty: Stripe."""
        return str(get("STRIPE_API_BASE", "") or "")

    @property
    def PAYMENTS_ACCOUNT(self) -> str:
        """`acct_...`. Required only for a restricted key that may not read its own account. Empty:
        read from Stripe once."""
        # Other code calls `models.get_account`, which handles both cases.
        return str(get("PAYMENTS_ACCOUNT", ""))

    @property
    def PAYMENTS_INSTALLATION_ID(self) -> str:
        """Written to Stripe's metadata. Must be unique among sites that share a Stripe account."""
        return str(get("PAYMENTS_INSTALLATION_ID", "payments_graphql"))

    @property
    def PAYMENTS_SANDBOX(self) -> object | None:
        """The sandbox running in this process during a test. Set by `payments_graphql.testing`."""
        sandbox: object | None = get("PAYMENTS_SANDBOX", None)
        return sandbox

    @property
    def livemode(self) -> bool:
        return self.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
