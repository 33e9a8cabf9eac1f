"""Registry of the baselines: every model here is measured beside LightGCN.

A new baseline is one file with a subclass of ``HistoryModel`` and its class in ``BASELINES``. It is
then part of the full evaluation, on the page and in the terminal. With ``quick = True`` it is also
a reference line of each training and part of the protocols of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping

from recsys.models.als import ALS
from recsys.models.bpr_mf import BPRMF
from recsys.models.ease import EASE
from recsys.models.fastrp_knn import FastRPKNN
from recsys.models.history_model import HistoryModel
from recsys.models.item_knn import ItemKNN
from recsys.models.popularity import Popularity

__all__ = ["BASELINES", "cheaply_tuned_baselines", "quick_baselines"]

# The charts list the last one first, and each one keeps its colour: add a new one at the end.
BASELINES: Mapping[str, type[HistoryModel]] = {
    model.name: model
    for model in (
        Popularity,
        FastRPKNN,
        ItemKNN,
        BPRMF,
        ALS,
        EASE,
    )
}


def quick_baselines() -> tuple[str, ...]:
    """Return the names of the baselines that are fitted in seconds."""
    return tuple(name for name, model in BASELINES.items() if model.quick)


def cheaply_tuned_baselines() -> tuple[str, ...]:
    """Return the names of the quick baselines whose settings are all fitted in seconds."""
    return tuple(name for name in quick_baselines() if BASELINES[name].cheap_grid)
