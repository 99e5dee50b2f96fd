"""The docstring of the checks lists all of them."""

import re
from pathlib import Path

from payments_graphql import checks


def test_every_check_is_in_the_list_and_every_one_listed_is_tested() -> None:
    listed = set(re.findall(r"payments_graphql\.([EW]\d{3})", checks.__doc__ or ""))
    source = "".join(file.read_text() for file in Path(checks.__file__).parent.glob("*.py"))
    used = {f"E{int(number):03}" for number in re.findall(r"make_error\(\s*(\d+)", source)}
    used |= {f"W{int(number):03}" for number in re.findall(r"make_warning\(\s*(\d+)", source)}
    assert used == listed
    tests = "".join(file.read_text() for file in Path(__file__).parents[1].rglob("*.py"))
    tested = set(re.findall(r"\b(?:payments_graphql\.)?([EW]\d{3})\b", tests)) & listed
    assert tested == listed
