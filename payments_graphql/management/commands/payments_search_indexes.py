from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from payments_graphql import searched_texts, trigrams


class Command(BaseCommand):
    help = (
        "Creates the trigram indexes that the admin's search lacks on PostgreSQL, for example on "
        "the tables of the site's own users and bookings. Writes to these tables continue "
        "meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write("Only PostgreSQL has trigram indexes. Nothing to do.")
            return
        missing = searched_texts.list_unindexed()
        for table, columns in missing.items():
            try:
                trigrams.create_index(connection, table, columns, concurrently=True)
            except DatabaseError as error:
                raise CommandError(f"{table}: {str(error).strip()}\n{trigrams.HINT}") from error
            self.stdout.write(f"Created an index on {', '.join(columns)} of {table}.")
        if not missing:
            self.stdout.write("All indexes exist.")
