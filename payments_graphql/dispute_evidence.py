"""The types of evidence, and their limits. https://docs.stripe.com/api/disputes/evidence_object"""

from typing import Final

TEXTS: Final[tuple[str, ...]] = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)

FILES: Final[tuple[str, ...]] = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
"""Evidence whose value is the id of an uploaded file."""

EVIDENCE: Final[tuple[str, ...]] = (*TEXTS, *FILES)

PERSONAL: Final[frozenset[str]] = frozenset(
    {
        "billing_address",
        "customer_email_address",
        "customer_name",
        "customer_purchase_ip",
        "shipping_address",
    }
)
"""Shown only to staff who may see personal data."""

SHORT_TEXTS: Final[frozenset[str]] = frozenset(
    {
        "billing_address",
        "customer_email_address",
        "customer_name",
        "customer_purchase_ip",
        "duplicate_charge_id",
        "service_date",
        "shipping_address",
        "shipping_carrier",
        "shipping_date",
        "shipping_tracking_number",
    }
)
MAXIMUM_SHORT_TEXT: Final = 5_000
MAXIMUM_TEXT: Final = 20_000
MAXIMUM_TEXTS: Final = 150_000
"""Characters of one text, and of all texts together.
https://docs.stripe.com/api/disputes/update"""

MAXIMUM_FILES: Final = 4_500_000
"""Bytes of all files together. Stripe accepts a file of up to 5 MB, but then refuses it as
evidence. https://docs.stripe.com/disputes/best-practices"""

MAXIMUM_PAGES: Final = 49
"""Of all files together."""

# The beginning of a file, which a program cannot mistake as it can a name.
FILE_TYPES: Final = {
    "PDF": b"%PDF-",
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n\x1a\n",
}
"""https://docs.stripe.com/file-upload#uploading-a-file"""


def get_maximum(name: str) -> int:
    """The maximum number of characters of one text."""
    return MAXIMUM_SHORT_TEXT if name in SHORT_TEXTS else MAXIMUM_TEXT
