"""Result files: timing statistics, with command, machine, versions and commit."""

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
    """Return the median and 95th percentile duration of an action, in milliseconds.

    Args:
        action: is called for each run.
        runs: number of timed calls.
        warm: number of calls before, which are not timed.
    """
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
    """Return the command of this measurement; of a path only its last part."""
    arguments = [Path(word).name if os.sep in word else word for word in sys.argv[1:]]
    return shlex.join(["python", "-m", sys.modules["__main__"].__spec__.name, *arguments])


def write(name: str, figures: dict[str, Any], libraries: Sequence[str]) -> None:
    """Write a result file and print its figures.

    Args:
        name: of the file in ``results/``, without suffix.
        figures: JSON values.
        libraries: packages whose versions are recorded.
    """
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
