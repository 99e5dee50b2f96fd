"""Exports of payments and refunds as CSV and XLSX, for those with the permission `export_payments`.

With the extra `export` (django-import-export). Without it, nothing is offered. A file has the rows
of the list, with its search and filters, in its order. Rows are read and written one after another,
so that a file of any size takes little memory.
"""

from .offering import ExportingAdmin

__all__ = ["ExportingAdmin"]
