"""The functions that the site's own code, the GraphQL schema, the admin and the commands call."""

from .stripe_service import StripeService

__all__ = ["StripeService"]
