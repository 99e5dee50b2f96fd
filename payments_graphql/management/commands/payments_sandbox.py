"""`manage.py payments_sandbox`: a local Stripe for development."""

import argparse
import sys

from django.core.management.base import BaseCommand

from payments_graphql.sandbox.command_line import add_arguments, run


class Command(BaseCommand):
    """Serves until interrupted. Needs neither the database nor the site's settings."""

    help = "Run the local Stripe sandbox."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: object, **options: object) -> None:
        del args
        code = run(argparse.Namespace(**options))
        if code:
            sys.exit(code)
