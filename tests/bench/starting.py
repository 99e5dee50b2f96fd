"""How long the site takes to start, and what it imports meanwhile."""

import os
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.processes import ROOT
from tests.bench.report import Report

_MOST_PACKAGES = 10
_IMPORTED = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class _Start:
    """Seconds: `wall` until the second answer, and each step's wall and processor time."""

    wall: float
    steps: Mapping[str, tuple[float, float]]
    profile: str

    @classmethod
    def run(cls, body: bytes, token: str, *options: str) -> "_Start":
        began = time.perf_counter()
        process = subprocess.run(
            [sys.executable, *options, "-m", "tests.bench.first_answer"],
            input=body,
            cwd=ROOT,
            env=os.environ | {"BENCH_TOKEN": token},
            capture_output=True,
            check=False,
        )
        wall = time.perf_counter() - began
        if process.returncode:
            raise RuntimeError(process.stderr.decode(errors="replace")[-2000:])
        steps = {}
        for line in process.stdout.decode().splitlines():
            if re.fullmatch(r"\w+ [\d.e-]+ [\d.e-]+", line):  # not the site's log
                name, *seconds = line.split()
                steps[name.replace("_", " ")] = float(seconds[0]), float(seconds[1])
        return cls(wall, steps, process.stderr.decode(errors="replace"))


def tell_start(report: Report, body: bytes, token: str, times: int) -> None:
    """All with compiled files, which the first start leaves behind."""
    _Start.run(body, token)
    starts = [_Start.run(body, token) for _ in range(times)]
    whole = statistics.median(start.wall for start in starts)
    report.tell("from nothing to the second answer", whole, "s")
    for step in starts[0].steps:
        for place, kind in enumerate(("wall time", "processor time")):
            seconds = statistics.median(start.steps[step][place] for start in starts)
            if seconds:
                report.tell(f"start, {step}: {kind}", seconds * 1000, "ms")
    _tell_imports(report, _Start.run(body, token, "-X", "importtime").profile)


def _tell_imports(report: Report, profile: str) -> None:
    """With the time that the profile itself takes."""
    own: dict[str, float] = defaultdict(float)
    modules: dict[str, int] = defaultdict(int)
    for of_itself, with_others, name in _IMPORTED.findall(profile):
        package = name.split(".")[0]
        own[package] += int(of_itself) / 1000
        modules[package] += 1
        if name == "schema.schema":
            whole = int(with_others) / 1000
            report.tell("profiled: import of schema.schema, with its imports", whole, "ms")
    report.tell(f"profiled: all {sum(modules.values()):,} modules", sum(own.values()), "ms")
    for package in sorted(own, key=own.__getitem__, reverse=True)[:_MOST_PACKAGES]:
        what = f"profiled: {package}, {modules[package]} modules, without its imports"
        report.tell(what, own[package], "ms")
