"""What the comparison with Stripe found, as text without secrets and whole e-mail addresses."""

import json
from collections.abc import Iterator
from typing import Any

from .. import money
from ..log_redaction import redact_text, redact_value
from ..mirror import Comparison, Difference
from .drift import Finding
from .money_at_risk import MoneyAtRisk

_LONGEST = 200
# Anyone with this URL can see the receipt without signing in.
_NOT_SHOWN = ("receipt_url",)


def describe_finding(finding: Finding) -> Iterator[str]:
    name = " ".join(filter(None, (finding.kind, finding.stripe_id)))
    comparison = finding.comparison
    is_missing = comparison is not None and comparison.before is None
    reason = f": {clean(finding.reason)}" if finding.reason else ""
    yield f"{name} {finding.verdict.value}{reason}" + (
        " (it was missing here)" if is_missing else ""
    )
    for line in describe_differences(finding):
        yield f"    {line}"


def describe_differences(finding: Finding) -> Iterator[str]:
    comparison = finding.comparison
    if comparison is None:
        return
    for difference in comparison.differences:
        ours = "" if difference.is_new else f"ours {_show(difference, difference.ours)}, "
        theirs = _show(difference, difference.theirs)
        yield f"{_name(comparison, difference)}: {ours}Stripe's {theirs}"


def describe_money(at_risk: MoneyAtRisk) -> Iterator[str]:
    for (what, currency), amount in sorted(at_risk.sums.items()):
        yield f"money at risk, {what}: {money.format_amount(amount, currency)}"


def _name(comparison: Comparison, difference: Difference) -> str:
    if difference.row.pk == comparison.after.pk:
        return difference.field
    return f"{difference.row._meta.verbose_name} {difference.row.pk} {difference.field}"


def _show(difference: Difference, value: Any) -> str:
    if difference.field in _NOT_SHOWN:
        return "another address"
    if isinstance(value, dict | list):
        return clean(json.dumps(redact_value(value), ensure_ascii=False, default=str))
    return "nothing" if value in (None, "") else clean(str(value))


def clean(text: str) -> str:
    """Puts text from anywhere on one line."""
    printable = "".join(one if one.isprintable() else " " for one in redact_text(text))
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}…"
