"""What a site's own tests need to run without Stripe: see docs/testing-your-site.md.

With pytest, `pytest_plugins = ["payments_graphql.testing.plugin"]` brings the fixtures. With
`django.test`, derive from `PaymentsTestCase`, or from `PaymentsTestMixin` and a class of Django's.
Nothing here imports pytest but `plugin`, and no model is imported before Django is set up.
"""

from .cases import PaymentsTestCase, PaymentsTestMixin
from .stripe_sandbox import StripeSandbox, running_sandbox

__all__ = ["PaymentsTestCase", "PaymentsTestMixin", "StripeSandbox", "running_sandbox"]
