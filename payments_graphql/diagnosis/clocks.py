from datetime import timedelta

from ..webhooks.view import TOLERANCE
from .finding import Finding, Subject

_CLOCK = Subject("clock")
_NOTICED = timedelta(seconds=30)


def judge_clock(whose: str, ahead: timedelta) -> Finding:
    """`ahead` is how far this machine's clock is ahead of the clock of `whose`."""
    seconds = round(abs(ahead).total_seconds())
    direction = "ahead of" if ahead > timedelta() else "behind"
    message = f"this machine's is {seconds} s {direction} {whose}."
    hint = "Synchronize both by NTP, for example with chrony or systemd-timesyncd."
    if abs(ahead) > timedelta(seconds=TOLERANCE):
        return _CLOCK.error(
            f"{message} Above {TOLERANCE} s, webhooks are refused as too old.", hint
        )
    if abs(ahead) > _NOTICED:
        return _CLOCK.warning(message, hint)
    return _CLOCK.ok(f"this machine's agrees with {whose}.")
