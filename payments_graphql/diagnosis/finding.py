from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """The value is the exit code of `manage.py payments_doctor`."""

    OK = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Finding:
    """`message` describes the state, `hint` how to fix it. Neither contains a secret."""

    level: Level
    subject: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Subject:
    """Creates findings about one subject."""

    name: str

    def ok(self, message: str) -> Finding:
        return Finding(Level.OK, self.name, message)

    def warning(self, message: str, hint: str = "") -> Finding:
        return Finding(Level.WARNING, self.name, message, hint)

    def error(self, message: str, hint: str = "") -> Finding:
        return Finding(Level.ERROR, self.name, message, hint)
