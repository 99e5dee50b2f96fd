"""Reads exported files."""

import csv
import io
from contextlib import closing
from typing import Any

from openpyxl import load_workbook


def read_csv(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def read_xlsx(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200
    with closing(response):
        content = io.BytesIO(b"".join(response.streaming_content))
    sheet = load_workbook(content).active
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]
