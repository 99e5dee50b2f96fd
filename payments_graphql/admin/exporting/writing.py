"""Writes rows to a file, one after another. Only imported if django-import-export is installed."""

import csv
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from typing import IO, Any

from import_export.formats.base_formats import CSV, XLSX

FORMATS = {"csv": CSV, "xlsx": XLSX}
_MOST_ROWS_OF_SHEET = 1_000_000
"""Excel opens 1,048,576."""
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
    """Several sheets, if there are more rows than one can have."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def clean(value: Any) -> Any:
        return escape(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value

    book = Workbook(write_only=True)
    sheet: Any = None
    try:
        for number, row in enumerate(rows):
            if number % _MOST_ROWS_OF_SHEET == 0:
                sheet = book.create_sheet()
            sheet.append([clean(value) for value in row])
    except BaseException:
        if sheet is not None:
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
