"""The test settings for a site in its own process: its webhook secrets and its receivers."""

import os

from settings.testing import *
from settings.testing import INSTALLED_APPS

STRIPE_WEBHOOK_SECRET = os.environ.get("SITE_SECRETS", "whsec_testing")
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.listening.Listening"]
