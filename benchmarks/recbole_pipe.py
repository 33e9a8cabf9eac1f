"""Our end of the pipe to RecBole's LightGCN, which runs in an environment of its own."""

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
    """RecBole's step, in its own process (``benchmarks.recbole_side``)."""

    def __init__(
        self, python: Path, table: Interactions, base: Tensor, triples: Sequence[Tensor]
    ) -> None:
        recipe = load_settings("paper").training
        self.folder = tempfile.TemporaryDirectory()
        users = np.array(len(table.users))
        parts = {"rows": table.rows, "columns": table.columns, "base": base.numpy(),
                 "triples": np.stack([one.numpy() for one in triples]), "users": users}  # fmt: skip
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
        self.asks, self.told = self.process.stdin, self.process.stdout
        self.adjacency = float(np.median(self._answer()["adjacency"]))

    def _answer(self) -> dict[str, Any]:
        return dict(json.loads(self.told.readline()))

    def step(self, number: int) -> float:
        """Let it take a step; the pipe adds a tenth of a millisecond."""
        self.asks.write(f"{number}\n")
        self.asks.flush()
        return float(self._answer()["loss"])

    def end(self) -> None:
        """Let the process go."""
        self.process.communicate()
