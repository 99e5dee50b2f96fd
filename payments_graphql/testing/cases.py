"""Test classes for `unittest`, each with its own Stripe sandbox."""

from typing import TYPE_CHECKING, Any

from django.test import SimpleTestCase, TestCase

from .stripe_sandbox import StripeSandbox, running_sandbox

if TYPE_CHECKING:
    from .payments import Payments

    _Base = SimpleTestCase
else:
    _Base = object


class PaymentsTestMixin(_Base):
    """`class CheckoutTest(PaymentsTestMixin, TransactionTestCase)`, for any class of Django's.

    The sandbox runs from `setUpTestData` to the end of the class. Its objects stay from one test to
    the next, but each test delivers only its own webhooks.
    """

    stripe_sandbox: StripeSandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.stripe_sandbox = cls.enterClassContext(running_sandbox())
        super().setUpClass()

    def run(self, result: Any = None) -> Any:
        self.stripe_sandbox.skip_webhooks()
        return super().run(result)

    @property
    def payments(self) -> "Payments":
        from .payments import Payments

        return Payments(self.stripe_sandbox)

    def deliver_webhooks(self) -> list[dict[str, Any]]:
        """See `StripeSandbox.deliver_webhooks`."""
        return self.stripe_sandbox.deliver_webhooks()


class PaymentsTestCase(PaymentsTestMixin, TestCase):
    """Django's `TestCase` with its own Stripe sandbox."""
