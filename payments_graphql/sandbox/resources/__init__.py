"""One module per resource of Stripe's API: what each request does."""
