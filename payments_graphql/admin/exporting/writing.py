"""Writes rows to a file, one after another. Only imported if django-import-export is installed."""

import csv
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.utils.translation import gettext
from import_export.formats.base_formats import CSV, XLSX

from ...errors import ValidationError

FORMATS = {"csv": CSV, "xlsx": XLSX}
MOST_ROWS_OF_XLSX = 10_000
"""An XLSX is finished before it is sent, and a proxy would not wait for more."""
_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def escape(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe. Such a formula could
    send the sheet's values elsewhere. https://owasp.org/www-community/attacks/CSV_Injection"""
    if isinstance(value, str) and value.startswith(_STARTS_OF_FORMULAS):
        return f"'{value}"
    return value


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def write_csv(rows: Iterable[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff"  # without it, Excel does not read UTF-8
    for row in rows:
        yield writer.writerow([escape(value) for value in row])


def write_xlsx(rows: Iterable[list[Any]]) -> IO[bytes]:
    """The first row has the headings. Raises `ValidationError` if there are too many."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def clean(value: Any) -> Any:
        return escape(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    try:
        for number, row in enumerate(rows):
            if number > MOST_ROWS_OF_XLSX:
                text = gettext(
                    "Nothing was exported: an XLSX file holds at most %(most)s rows. Choose fewer, "
                    "or export them as CSV."
                )
                raise ValidationError(text % {"most": MOST_ROWS_OF_XLSX})
            sheet.append([clean(value) for value in row])
    except BaseException:
        _save(book).close()  # openpyxl then removes its own temporary files
        raise
    return _save(book)


def _save(book: Any) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    with warnings.catch_warnings():  # as django-import-export does, for an old call of openpyxl
        warnings.simplefilter("ignore", DeprecationWarning)
        book.save(file)
    file.seek(0)
    return file
