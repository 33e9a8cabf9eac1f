"""Client of RecBole's LightGCN, which runs in a process with its own environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recsys.config import load_settings
from recsys.data.interactions import Interactions

__all__ = ["RecBole"]


class RecBole:
    """Training steps of RecBole, computed in a separate process (``benchmarks.recbole_side``)."""

    def __init__(
        self, python: Path, table: Interactions, base: Tensor, triples: Sequence[Tensor]
    ) -> None:
        recipe = load_settings("paper").training
        self.folder = tempfile.TemporaryDirectory()
        users = np.array(len(table.users))
        parts = {"rows": table.rows, "columns": table.columns, "base": base.numpy(),
                 "triples": torch.stack(list(triples)).numpy(), "users": users}  # fmt: skip
        for name, array in parts.items():
            np.save(Path(self.folder.name) / f"{name}.npy", array)
        side = Path(__file__).with_name("recbole_side.py")
        numbers = [str(n) for n in (torch.get_num_threads(), recipe.l2, recipe.learning_rate)]
        self.process = subprocess.Popen(
            [python, side, self.folder.name, *numbers],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder.name,
        )  # fmt: skip
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the process has no pipes")
        self.requests, self.answers = self.process.stdin, self.process.stdout
        self.adjacency = float(np.median(self._answer()["adjacency"]))

    def _answer(self) -> dict[str, Any]:
        return dict(json.loads(self.answers.readline()))

    def step(self, number: int) -> float:
        """Run one step and return its loss; the pipe adds a tenth of a millisecond."""
        self.requests.write(f"{number}\n")
        self.requests.flush()
        return float(self._answer()["loss"])

    def end(self) -> None:
        """End the process."""
        self.process.communicate()
