"""Figures as people read them."""

from django.utils.formats import number_format

from ..money import to_decimal


def format_sum(minor_units: int, currency: str) -> str:
    """Large sums are easier to read in groups of digits."""
    return f"{number_format(to_decimal(minor_units, currency), force_grouping=True)} {currency}"


def format_count(count: int) -> str:
    return str(number_format(count, force_grouping=True))


def format_rate(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"
