# ruff: noqa: PT009
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
