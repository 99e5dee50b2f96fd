import pytest
from django.core.management import CommandError, call_command

from schema.management.commands import export_schema
from schema.schema import schema


def test_the_committed_schema_is_fresh():
    call_command("export_schema", check=True)


def test_a_stale_schema_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(export_schema, "SCHEMA_FILE", tmp_path / "schema.graphql")
    with pytest.raises(CommandError):
        call_command("export_schema", check=True)
    call_command("export_schema", verbosity=0)
    call_command("export_schema", check=True)


def test_everything_has_a_description():
    """GraphiQL shows it."""
    missing = []
    for name, type_ in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        if not type_.description:
            missing.append(name)
        for field_name, field in getattr(type_, "fields", {}).items():
            if not field.description:
                missing.append(f"{name}.{field_name}")
            for argument_name, argument in getattr(field, "args", {}).items():
                # The one argument of a mutation is described by its type.
                if not argument.description and argument_name != "input":
                    missing.append(f"{name}.{field_name}({argument_name})")
        for value_name, value in getattr(type_, "values", {}).items():
            if not value.description:
                missing.append(f"{name}.{value_name}")
    assert missing == []
