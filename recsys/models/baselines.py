"""Registry of the baselines: every model here is measured beside LightGCN.

A new baseline is one file with a subclass of ``HistoryModel`` and one line in ``BASELINES``. It is
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

__all__ = ["BASELINES", "QUICK_BASELINES"]

BASELINES: Mapping[str, type[HistoryModel]] = {
    model.name: model for model in (Popularity, ItemKNN, EASE, ALS, FastRPKNN, BPRMF)
}
QUICK_BASELINES = tuple(name for name, model in BASELINES.items() if model.quick)
