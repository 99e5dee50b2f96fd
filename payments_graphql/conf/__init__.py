"""All settings with their types and defaults, by topic. `checks/` reports invalid values.

The bases of `Conf` are the chapters of docs/settings.md, in this order: the docstring of each is
the heading, and the docstring of a setting is for the people who set it.
"""

from .bookings import BookingSettings
from .graphql import GraphQLSettings
from .limits import DEFAULT_RATE_LIMITS, RateLimitSettings, TimeLimitSettings
from .paying import PayingSettings
from .running import LiveStatusSettings, MonitoringSettings, RetentionSettings
from .stripe import StripeSettings

__all__ = ["DEFAULT_RATE_LIMITS", "Conf", "conf"]


class Conf(
    StripeSettings,
    BookingSettings,
    PayingSettings,
    GraphQLSettings,
    RetentionSettings,
    LiveStatusSettings,
    TimeLimitSettings,
    RateLimitSettings,
    MonitoringSettings,
):
    pass


conf = Conf()
