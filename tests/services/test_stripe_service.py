"""The user's contract, as their document shows it."""

from django.contrib.auth import get_user_model
from django.test import TestCase

from payments_graphql.services import StripeService

User = get_user_model()


class StripePaymentTest(TestCase):
    def setUp(self):
        self.user = User.objects.create_user(
            username="testuser", email="test@example.com", password="testpass123"
        )
        self.stripe_service = StripeService()

    def test_create_payment_intent(self):
        result = self.stripe_service.create_payment_intent(
            user=self.user, amount=10.00, currency="USD", description="Test payment"
        )

        self.assertTrue(result["success"])
        self.assertIn("payment_intent", result)
        self.assertIn("client_secret", result)


class ProgrammaticUsageTest(TestCase):
    """A second class, so that `manage.py test --parallel` has something to divide."""

    def test_the_result_of_a_refused_payment(self):
        user = User.objects.create_user(username="alice", email="alice@example.com")
        result = StripeService().create_payment_intent(user=user, amount=0, currency="USD")

        self.assertFalse(result["success"])
        self.assertEqual(result["error"], "Amount must be greater than zero.")
