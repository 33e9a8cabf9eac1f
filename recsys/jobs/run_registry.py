"""The run registry: all training runs of a folder, and what is done with them from outside.

Nothing here imports PyTorch: the app and the terminal only look at runs, start workers and leave
markers for them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsys.errors import TrainingError
from recsys.jobs.launcher import launch_worker
from recsys.jobs.lock import JobLock, acquire_lock, lock_holders
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder, new_folder_name
from recsys.jobs.run_history import RunHistory
from recsys.jobs.status import RunStatus
from recsys.paths import runs_folder

__all__ = ["RunRegistry"]

DELETED = ".deleted-"


@dataclass(frozen=True, slots=True)
class RunRegistry:
    """A folder of run folders with one job lock.

    Attributes:
        path: the folder; a run that lies elsewhere is a link in it.
    """

    path: Path

    @classmethod
    def default(cls) -> RunRegistry:
        """Return the registry whose runs the app shows."""
        return cls(runs_folder())

    def runs(self) -> list[RunFolder]:
        """Return all runs, the newest first."""
        paths = sorted(self.path.glob("*"), key=lambda path: path.name, reverse=True)
        runs = [RunFolder(path) for path in paths if not path.name.startswith(".")]
        return [run for run in runs if run.is_run()]

    def run(self, name: str) -> RunFolder:
        """Return the run with a name, or the run in a folder.

        Raises:
            TrainingError: there is none.
        """
        for path in (self.path / name, Path(name)):
            if name and RunFolder(path).is_run():
                return RunFolder(path)
        raise TrainingError(
            f"There is no run {name!r} here. List the runs with: python -m recsys runs list."
        )

    def create(
        self, config: RunConfig, metadata: RunMetadata, path: Path | None = None
    ) -> RunFolder:
        """Create a run folder, in the registry or elsewhere with a link in the registry.

        Args:
            config: the configuration of the run.
            metadata: its name and note.
            path: the folder of a run that lies elsewhere.

        Returns:
            The run.

        Raises:
            TrainingError: the folder is not empty or cannot be written.
        """
        name = new_folder_name(metadata.name, datetime.now(UTC))
        run = RunFolder.create(path or self.path / name, config, metadata)
        if run.path.resolve().parent != self.path.resolve():
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / name).symlink_to(run.path.resolve(), target_is_directory=True)
        return run

    def active(self) -> list[Path]:
        """Return the folders of the runs that a process trains now, the current one first."""
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

    def acquire_lock(self, runs: Sequence[RunFolder]) -> JobLock:
        """Acquire the lock for runs and withdraw earlier requests to stop them.

        Returns:
            The lock, for ``recsys.jobs.lock.release_lock``.

        Raises:
            TrainingError: another job is running.
        """
        lock = acquire_lock(self.path, [run.path for run in runs])
        _withdraw_stop_requests(runs)
        return lock

    def launch(self, runs: Sequence[RunFolder]) -> None:
        """Start a worker that trains runs one after the other, or continues them.

        Raises:
            TrainingError: another job is running, or the process cannot be started.
        """
        try:
            launch_worker(
                "train", [run.path for run in runs], lock_folder=self.path, log=runs[0].log,
                threads=max(run.threads() for run in runs),
                prepare=lambda: _withdraw_stop_requests(runs),
            )  # fmt: skip
        except OSError as error:
            raise TrainingError(
                f"The training process could not be started ({error.strerror}); the run folder is "
                "unchanged. Try again with resume."
            ) from None

    def discard(self, run: RunFolder) -> None:
        """Remove a run that was just created and could not be started."""
        shutil.rmtree(run.path, ignore_errors=True)

    def delete(self, run: RunFolder) -> None:
        """Set a run aside, so that it can be restored; an earlier deleted run is removed.

        Raises:
            TrainingError: the run is being trained.
        """
        if run.path.resolve() in lock_holders(self.path):
            raise TrainingError("This run is being trained; stop it first. Nothing was deleted.")
        for old in self.path.glob(f"{DELETED}*"):
            old.unlink() if old.is_symlink() else shutil.rmtree(old, ignore_errors=True)
        run.path.rename(self.path / f"{DELETED}{run.path.name}")

    def deleted(self) -> RunFolder | None:
        """Return the run that can be restored; none where there is none."""
        return next(map(RunFolder, self.path.glob(f"{DELETED}*")), None)

    def restore(self, run: RunFolder) -> None:
        """Restore a deleted run."""
        run.path.rename(self.path / run.path.name.removeprefix(DELETED))


def _withdraw_stop_requests(runs: Sequence[RunFolder]) -> None:
    for run in runs:
        run.cancel.unlink(missing_ok=True)
