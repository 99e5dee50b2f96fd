"""What is paid for, and who may do what."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings

from .reading import get


class BookingSettings:
    """Bookings and permissions"""

    @property
    def PAYMENTS_BOOKING_MODEL(self) -> str:
        """`app_label.Model` of what customers pay for. See `models.booking.AbstractBooking`."""
        return str(get("PAYMENTS_BOOKING_MODEL", "payments_graphql.Booking"))

    @property
    def PAYMENTS_BOOKING_MIGRATION(self) -> str:
        """The migration that creates the table of `PAYMENTS_BOOKING_MODEL`, such as `0005_booking`.
        Required if it is not the first migration of its app."""
        return str(get("PAYMENTS_BOOKING_MIGRATION", "__first__"))

    @property
    def PAYMENTS_ALLOW_FREE_AMOUNT(self) -> bool:
        """Whether a GraphQL client may choose the amount of a payment without a booking."""
        return bool(get("PAYMENTS_ALLOW_FREE_AMOUNT", settings.DEBUG))

    @property
    def PAYMENTS_OWNERS_MAY_REFUND(self) -> bool:
        """Whether customers may refund their own payments without the Django permission."""
        return bool(get("PAYMENTS_OWNERS_MAY_REFUND", settings.DEBUG))

    @property
    def PAYMENTS_REFUND_LIMITS(self) -> Mapping[str, Any]:
        """How much the people of a group may refund without approval, by currency:
        `{"Support": {"EUR": "500.00/day;2000.00/month"}, "Finance": "unlimited"}`. The periods are
        `day`, `week` and `month` (30 days). If set, people in no listed group refund nothing.
        Superusers and customers who refund their own payments have no limit. See Note [Refund
        limits]."""
        limits: Mapping[str, Any] = get("PAYMENTS_REFUND_LIMITS", {}) or {}
        return limits

    @property
    def PAYMENTS_REFUND_APPROVAL_ABOVE(self) -> Mapping[str, Any]:
        """The amount of a payment, by currency, above which a second person must approve a refund:
        `{"EUR": "1000.00", "JPY": "unlimited"}`. If set, refunds in other currencies always need
        approval. Applies to superusers too. See docs/refund-approval.md."""
        amounts: Mapping[str, Any] = get("PAYMENTS_REFUND_APPROVAL_ABOVE", {}) or {}
        return amounts

    @property
    def PAYMENTS_POLICY(self) -> str:
        """Dotted path of the class that decides who may do what. See `policy.get_policy`."""
        return str(get("PAYMENTS_POLICY", "payments_graphql.policy.Policy"))

    @property
    def PAYMENTS_AUTHENTICATION_CLASSES(self) -> Sequence[str]:
        """Dotted paths of authentication classes with Django REST framework's interface:
        `authenticate(request)` and `authenticate_header(request)`. They are tried in order. The
        default is django-rest-knox's class, if installed. A session with a CSRF token always
        works too."""
        of_knox = "payments_graphql.token_authentication.TokenAuthentication"
        default = [of_knox] if apps.is_installed("knox") else []
        paths: Sequence[str] = get("PAYMENTS_AUTHENTICATION_CLASSES", default)
        return paths
