"""The training place: all runs, which of them is at work, and what is done with them from outside.

Nothing here imports torch: the app and the terminal only look, start workers and leave markers.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsys.errors import TrainingError
from recsys.jobs.lock import acquire_lock, lock_holders, release_lock
from recsys.jobs.run_folder import RunConfig, RunFolder, RunMetadata, new_folder_name
from recsys.jobs.run_history import RunHistory, RunStatus
from recsys.paths import ROOT, runs_folder

__all__ = ["RunRegistry"]

DELETED = ".deleted-"


@dataclass(frozen=True, slots=True)
class RunRegistry:
    """A folder of run folders with one lock.

    Attributes:
        path: the folder; a run that lies elsewhere is a link in it.
    """

    path: Path

    @classmethod
    def default(cls) -> RunRegistry:
        """Return the place that the app shows."""
        return cls(runs_folder())

    def runs(self) -> list[RunFolder]:
        """Return all runs, the newest first."""
        found = [RunFolder(one) for one in self.path.glob("*") if not one.name.startswith(".")]
        there = [run for run in found if run.is_run()]
        return sorted(there, key=lambda run: run.path.name, reverse=True)

    def run(self, name: str) -> RunFolder:
        """Return the run of a name or of a folder's path.

        Raises:
            TrainingError: there is none.
        """
        for path in (self.path / name, Path(name)):
            if name and RunFolder(path).is_run():
                return RunFolder(path)
        raise TrainingError(
            f"There is no run {name!r} here. python -m recsys runs list shows those there are."
        )

    def create(
        self, config: RunConfig, metadata: RunMetadata, path: Path | None = None
    ) -> RunFolder:
        """Make a run folder, here or elsewhere; one that lies elsewhere is linked here.

        Raises:
            TrainingError: it cannot be written.
        """
        name = new_folder_name(metadata.name, datetime.now(UTC))
        run = RunFolder.create(path or self.path / name, config, metadata)
        if run.path.resolve().parent != self.path.resolve():
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / name).symlink_to(run.path.resolve(), target_is_directory=True)
        return run

    def active(self) -> list[Path]:
        """Return the folders of the runs that a process trains now, the present one first."""
        return lock_holders(self.path)

    def status(
        self, run: RunFolder, history: RunHistory, active: Sequence[Path] | None = None
    ) -> RunStatus:
        """Return the status of a run, from the lock and its journal.

        Args:
            run: its folder.
            history: its journal.
            active: result of ``active``, for a caller that asks for many runs.
        """
        active, path = self.active() if active is None else active, run.path.resolve()
        return history.status(alive=path in active, waiting=path in active[1:])

    def acquire_lock(self, runs: Sequence[RunFolder]) -> int:
        """Take the lock for runs and withdraw requests to stop them.

        Raises:
            TrainingError: a training is running.
        """
        lock = acquire_lock(self.path, [run.path for run in runs])
        for run in runs:
            run.cancel.unlink(missing_ok=True)
        return lock

    def launch(self, runs: Sequence[RunFolder]) -> None:
        """Start a worker that trains runs, one after the other, or goes on with them.

        Raises:
            TrainingError: a training is running, or the process cannot be started.
        """
        lock = self.acquire_lock(runs)
        try:
            with runs[0].log.open("ab") as log:
                subprocess.Popen(  # noqa: S603 - our own module; a path is an argument, no shell
                    [
                        sys.executable, "-m", "recsys.jobs.worker", f"--lock={lock}",
                        *(str(run.path.resolve()) for run in runs),
                    ],
                    cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,),
                    start_new_session=True,  # the worker outlives the server and its terminal
                )  # fmt: skip
        except OSError as error:
            raise TrainingError(
                f"The training process could not be started ({error.strerror}); nothing was lost. "
                "Try again with resume."
            ) from None
        finally:
            release_lock(lock)

    def discard(self, run: RunFolder) -> None:
        """Take away a run that was just made and could not be started."""
        shutil.rmtree(run.path, ignore_errors=True)

    def delete(self, run: RunFolder) -> None:
        """Put a run aside; what was put aside before it goes for good.

        Raises:
            TrainingError: it is being trained.
        """
        if run.path.resolve() in lock_holders(self.path):
            raise TrainingError("This run is being trained; stop it first. Nothing was deleted.")
        for old in self.path.glob(f"{DELETED}*"):
            old.unlink() if old.is_symlink() else shutil.rmtree(old, ignore_errors=True)
        run.path.rename(self.path / f"{DELETED}{run.path.name}")

    def deleted(self) -> RunFolder | None:
        """Return the run that can be brought back, if there is one."""
        return next(map(RunFolder, self.path.glob(f"{DELETED}*")), None)

    def restore(self, run: RunFolder) -> None:
        """Bring a deleted run back."""
        run.path.rename(self.path / run.path.name.removeprefix(DELETED))
