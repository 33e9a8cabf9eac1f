"""Drawing a model's map in a process of its own: started by the app, which never computes one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from recsys.errors import TrainingError
from recsys.places import ROOT
from recsys.training.lock import holders, release, take

__all__ = ["projecting", "start_projection"]


def start_projection(checkpoint: Path) -> None:
    """Start a process that computes a checkpoint's projection, unless it is there or on its way.

    Raises:
        TrainingError: another map is being drawn, or the process cannot be started.
    """
    if (checkpoint / "projection.safetensors").exists() or projecting(checkpoint):
        return
    lock = take(checkpoint.parent, [checkpoint])
    try:
        with (checkpoint.parent / ".projecting.log").open("ab") as log:
            subprocess.Popen(  # noqa: S603 - our own module; a path is an argument, no shell
                [
                    sys.executable, "-m", "recsys.training.worker", f"--lock={lock}", "--project",
                    str(checkpoint.resolve()),
                ],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,),
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise TrainingError(
            f"The map of the model could not be started ({error.strerror}); the model answers all "
            "the same."
        ) from None
    finally:
        release(lock)


def projecting(checkpoint: Path) -> bool:
    """Say whether a living process is computing the projection of a checkpoint."""
    return checkpoint.resolve() in holders(checkpoint.parent)
