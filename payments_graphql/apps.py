from django.apps import AppConfig


class PaymentsGraphQLConfig(AppConfig):
    name = "payments_graphql"
    verbose_name = "Payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (importing registers the checks)
