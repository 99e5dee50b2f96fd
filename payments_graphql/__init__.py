"""Payments through Stripe for a Django site; `services.StripeService` is for its own code."""
