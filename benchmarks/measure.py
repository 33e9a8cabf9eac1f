"""What every result file holds: command, versions, machine, and medians of many runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"


def milliseconds(action: Callable[[], object], runs: int = 200, warm: int = 10) -> dict[str, float]:
    """Time an action: median and 95th percentile of its runs, in milliseconds."""
    taken = []
    for run in range(warm + runs):
        began = time.perf_counter()
        action()
        if run >= warm:
            taken.append((time.perf_counter() - began) * 1000)
    return spread(taken)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, 95th percentile and count of measured values."""
    return {
        "median": round(float(np.median(values)), 3),
        "p95": round(float(np.percentile(values, 95)), 3),
        "runs": len(values),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "unknown")


def _command() -> str:
    """Return what to type to measure it again: of a path on this machine its name alone."""
    arguments = [Path(one).name if os.sep in one else one for one in sys.argv[1:]]
    return shlex.join(["python", "-m", sys.modules["__main__"].__spec__.name, *arguments])


def write(name: str, figures: dict[str, Any], libraries: Sequence[str]) -> None:
    """Write a result file, and print the figures."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    result = {
        "command": _command(),
        "figures": figures,
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
        },
        "versions": {library: importlib.metadata.version(library) for library in libraries},
        "commit": commit,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1, ensure_ascii=False))
