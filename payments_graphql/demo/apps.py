from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "payments_graphql.demo"
    label = "payments_demo"
    verbose_name = "Payments demo"
