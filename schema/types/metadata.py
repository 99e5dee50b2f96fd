import strawberry
from django.utils.translation import gettext as _

from payments_graphql.errors import ValidationError


@strawberry.type(description="An entry of the metadata.")
class MetadataEntry:
    key: str = strawberry.field(description="The key.")
    value: str = strawberry.field(description="The value.")


@strawberry.input(description="An entry of the metadata.")
class MetadataEntryInput:
    key: str = strawberry.field(description="The key, at most 40 characters.")
    value: str = strawberry.field(description="The value, at most 500 characters.")


def as_dict(entries: list[MetadataEntryInput]) -> dict[str, str]:
    metadata = {entry.key: entry.value for entry in entries}
    if len(metadata) < len(entries):
        raise ValidationError(_("`metadata` must contain each key only once."), path=("metadata",))
    return metadata
