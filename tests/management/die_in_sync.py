"""Runs `manage.py payments_sync` with pages of two, and dies by SIGKILL at the third page of
payment intents. Arguments: imported, saved."""

import os
import signal
import sys

import django

django.setup()

from django.core.management import call_command

from payments_graphql.importing import pages
from payments_graphql.importing.importer import Import
from payments_graphql.models import ImportCursor

_save = Import._save


def main(moment: str) -> None:
    def save(self: Import, cursor: ImportCursor) -> None:
        is_third = cursor.kind == "payment_intent" and cursor.seen == 6
        if not is_third or moment == "saved":
            _save(self, cursor)
        if is_third:
            os.kill(os.getpid(), signal.SIGKILL)

    Import._save = save
    pages._PAGE = 2
    call_command("payments_sync", "--user-id-metadata", "username")


if __name__ == "__main__":
    main(sys.argv[1])
