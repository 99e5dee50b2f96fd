"""What the site's own code, the GraphQL schema, the admin and the commands call."""

from .booking_changes import cancel_outdated_intents
from .stripe_service import StripeService

__all__ = ["StripeService", "cancel_outdated_intents"]
