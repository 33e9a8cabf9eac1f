"""Labels and display order of the methods of an evaluation, from the registry of the baselines."""

from __future__ import annotations

from collections.abc import Iterable

from recsys.models.baselines import BASELINES

__all__ = ["LIGHTGCN", "SOFTMAX_MF", "is_layer", "method_label", "order_methods"]

LIGHTGCN = "lightgcn"
SOFTMAX_MF = "softmax_mf"  # the same loss and fold-in as LightGCN, without the graph
# Their classes import torch, which no page does at its start.
TRAINED_LABELS = {LIGHTGCN: "LightGCN", SOFTMAX_MF: "Softmax MF (no graph)"}
LAYER = "layer "


def is_layer(method: str) -> bool:
    """Whether a method is a single layer of LightGCN."""
    return method.startswith(LAYER)


def method_label(method: str) -> str:
    """Return the display name of a method, as plain text.

    Args:
        method: key in an evaluation or an event. A file from another version, or an uploaded one,
            may hold any key.

    Returns:
        The label; the key itself for a method that is not in the registry.
    """
    if is_layer(method):
        return f"{method.capitalize()} alone"
    if method in TRAINED_LABELS:
        return TRAINED_LABELS[method]
    return BASELINES[method].label if method in BASELINES else method


def order_methods(methods: Iterable[str]) -> list[str]:
    """Return methods in the order of the charts, each once, without the layers.

    Returns:
        LightGCN, softmax MF, the baselines from the last of the registry to the first, then the
        methods that are not in the registry, by name.
    """
    present = {method for method in methods if not is_layer(method)}
    known = [
        method for method in (*TRAINED_LABELS, *reversed(list(BASELINES))) if method in present
    ]
    return [*known, *sorted(present.difference(known))]
