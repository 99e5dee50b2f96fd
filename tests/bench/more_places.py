"""Production's settings for a site with many threads, of which many may wait for Stripe."""

from settings.base import env
from settings.production import *  # noqa: F403

PAYMENTS_STRIPE_CONCURRENCY = env.int("PLACES")
