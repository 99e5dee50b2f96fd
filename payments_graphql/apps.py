import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsGraphQLConfig(AppConfig):
    name = "payments_graphql"
    verbose_name = _("Payments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_login_failed

        from . import checks  # noqa: F401  (importing registers the checks)
        from .log_redaction import RedactingFilter
        from .sign_in import count_wrong_credentials

        # At DEBUG the SDK logs bodies, client secrets included, to whatever handlers a site has.
        logging.getLogger("stripe").addFilter(RedactingFilter())
        # Signed in by whatever means of the site.
        user_login_failed.connect(count_wrong_credentials)
