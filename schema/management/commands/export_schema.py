from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from schema.schema import schema

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "schema.graphql"


class Command(BaseCommand):
    help = "Writes schema/schema.graphql; with --check, fails when it is stale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        printed = f"{schema.as_str()}\n"
        if options["check"]:
            if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text() != printed:
                raise CommandError("schema.graphql is stale: run `manage.py export_schema`.")
            return
        SCHEMA_FILE.write_text(printed)
        self.stdout.write(f"Wrote {SCHEMA_FILE.name}.")
