import strawberry
from django.utils.translation import gettext as _

from payments_graphql.errors import ValidationError


@strawberry.type(description="One entry of the metadata.")
class MetadataEntry:
    key: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its text.")


@strawberry.input(description="One entry of the metadata.")
class MetadataEntryInput:
    key: str = strawberry.field(description="Its name: 40 characters at most.")
    value: str = strawberry.field(description="Its text: 500 characters at most.")


def as_dict(entries: list[MetadataEntryInput]) -> dict[str, str]:
    metadata = {entry.key: entry.value for entry in entries}
    if len(metadata) < len(entries):
        raise ValidationError(_("Metadata must not have a key twice."), path=("metadata",))
    return metadata
