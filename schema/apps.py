from django.apps import AppConfig, apps


class SchemaConfig(AppConfig):
    name = __package__
    label = "payments_graphql_schema"
    verbose_name = "GraphQL schema of payments"

    def ready(self) -> None:
        if apps.is_installed("knox"):
            from .http import ending_tokens  # imports models, which are loaded only now

            ending_tokens.connect()
        if apps.is_installed("corsheaders"):
            from .http import refused_origins

            refused_origins.connect()
