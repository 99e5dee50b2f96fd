"""Payments through Stripe for a Django site; `services.StripeService` is for the site's own code."""
