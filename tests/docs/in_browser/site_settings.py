"""Those of the browser tests, for a site whose every page may run Stripe.js."""

from payments_graphql.content_security import with_stripe_js
from tests.browser.site_settings import *

SECURE_CSP = with_stripe_js(STRIPE_API_BASE)
