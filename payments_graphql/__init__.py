"""Stripe payments for a Django site. Python code of the site uses `services.StripeService`."""
