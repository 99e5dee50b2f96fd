from django.apps import AppConfig


class SchemaConfig(AppConfig):
    name = __package__
    label = "schema"
    verbose_name = "GraphQL schema of payments"

    def ready(self) -> None:
        from .http import ending_tokens  # needs the models, which are loaded by now

        ending_tokens.connect()
