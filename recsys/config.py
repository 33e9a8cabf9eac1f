"""Settings: frozen, validated, and told in plain words with the paper's symbols.

A recipe is data. Some ship as presets (``recsys/presets/*.toml``); a settings file holds
the same tables and overrides a preset value by value.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import SettingsError

__all__ = [
    "DataSettings",
    "ModelSettings",
    "ServingSettings",
    "Settings",
    "TrainingSettings",
    "load_settings",
    "preset_names",
]

PRESETS = Path(__file__).parent / "presets"


def _setting(symbol: str, meaning: str, default: Any, **bounds: Any) -> Any:
    """Declare a field with the paper's symbol and one plain sentence."""
    return Field(
        default,
        title=symbol,
        description=meaning,
        validate_default=True,
        **bounds,
    )


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataSettings(_Frozen):
    """Which ratings become edges of the graph."""

    like_at: float = _setting(
        "r ≥", "A rating of this height or more is a like.", LIKE_THRESHOLD, ge=1, le=10
    )
    core: int = _setting(
        "c-core", "People and anime with fewer ratings are left out; 1 keeps all.", 1, ge=1, le=1000
    )
    sample_items: float = _setting(
        "share of I", "Random share of the anime that is kept, to fit memory.", 1.0, gt=0, le=1
    )


class ModelSettings(_Frozen):
    """LightGCN (He et al., SIGIR 2020, arXiv:2002.02126): size, depth, normalisation and start."""

    dimension: int = _setting("d", "Numbers per embedding.", 64, ge=1, le=4096)
    layers: int = _setting("K", "How many hops of the graph an embedding sees.", 3, ge=0, le=10)
    layer_weights: tuple[float, ...] | None = _setting(
        "α", "Weight of each layer 0…K; none is the paper's mean, 1/(K+1) each.", None
    )
    user_exponent: float = _setting(
        "p", "Power of a person's degree that divides an edge; ½ in the paper.", 0.5, ge=0, le=1
    )
    item_exponent: float = _setting(
        "q", "Power of an anime's degree that divides an edge; ½ in the paper.", 0.5, ge=0, le=1
    )
    start: Literal["normal", "xavier", "svd"] = _setting(
        "E⁰", "Start: random (normal, xavier), or the graph's largest singular vectors.", "normal"
    )
    start_scale: float = _setting(
        "σ", "Spread of a normal start; factor of an SVD start.", 0.1, gt=0, le=1000
    )
    slices: int = _setting(
        "slices of d", "Propagate the dimension in so many slices, to fit memory.", 1, ge=1, le=512
    )

    @model_validator(mode="after")
    def _one_weight_a_layer(self) -> ModelSettings:
        if self.layer_weights is not None and len(self.layer_weights) != self.layers + 1:
            raise ValueError(
                f"needs {self.layers + 1} layer weights, one for each of its layers, or none for "
                "their mean"
            )
        if self.slices > self.dimension:
            raise ValueError("cannot cut the dimension into more slices than it has numbers")
        return self

    @property
    def alpha(self) -> tuple[float, ...]:
        """Weight of each layer 0…K."""
        return self.layer_weights or (1 / (self.layers + 1),) * (self.layers + 1)


class TrainingSettings(_Frozen):
    """How E⁰ is learned."""

    loss: Literal["bpr", "softmax"] = _setting(
        "L",
        "Pairwise ranking as published (bpr), or all likes of a person at once (softmax).",
        "bpr",
    )
    batch: int = _setting("B", "Likes (bpr) or people (softmax) in a step.", 2048, ge=1)
    negatives: int = _setting(
        "N", "Anime drawn against a batch's likes (softmax); 0 takes every anime.", 0, ge=0
    )
    hard_pool: int = _setting(
        "M",
        "Draw so many negatives and keep the highest-scored (bpr); 1 is uniform.",
        1,
        ge=1,
        le=1024,
    )
    activity_weight: float = _setting(
        "h", "A person with n likes weighs n^−h per like (softmax).", 0.0, ge=0, le=1
    )
    height_weight: float = _setting(
        "g",
        "A like of height r weighs 1 + g (r − the mean of that person's likes) (softmax).",
        0.0,
        ge=0,
        le=1,
    )
    l2: float = _setting("λ", "Pull of the embeddings towards zero.", 1e-4, ge=0)
    l2_by_degree: bool = _setting(
        "λ·d/|E|", "Pull by degree on every step, in place of the batch's E⁰ alone.", default=False
    )
    edge_dropout: float = _setting(
        "1 − keep", "Share of edges left out of a step.", 0.0, ge=0, lt=1
    )
    node_dropout: float = _setting(
        "1 − keep", "Share of nodes left out of a step.", 0.0, ge=0, lt=1
    )
    dropout_in: Literal["graph", "history"] = _setting(
        "where", "Drop edges in both directions, or only where people gather their likes.", "graph"
    )
    learning_rate: float = _setting("η", "Step size of Adam.", 1e-3, gt=0, le=10)
    schedule: Literal["constant", "cosine"] = _setting(
        "η(t)", "Keep the step size, or let it fall to zero along a cosine.", "constant"
    )
    epochs: int = _setting("epochs", "Passes over the likes (bpr) or people (softmax).", 1000, ge=1)
    steps: int = _setting(
        "T", "End after so many steps in place of epochs; 0 goes by epochs.", 0, ge=0
    )
    evaluate_every: int = _setting("every", "Epochs between two evaluations.", 10, ge=1)
    evaluate_steps: int = _setting(
        "every T", "Steps between two evaluations in place of epochs; 0 goes by epochs.", 0, ge=0
    )
    save_every: int = _setting(
        "save", "Evaluations between two saved states, from which a run can go on.", 1, ge=1
    )
    patience: int = _setting(
        "patience",
        "Evaluations without a better NDCG@20 before the run stops; 0 never stops.",
        5,
        ge=0,
    )
    seed: int = _setting("seed", "Same seed, device and threads: the same bits.", 0, ge=0)


class ServingSettings(_Frozen):
    """How a new person's ratings become a list (the equation: ``recsys.serving.fold_in``)."""

    rating_weights: tuple[float, ...] = _setting(
        "w",
        "Weight of a rating of 1, 2, … 10; below zero speaks against.",
        (1.0,) * 10,
        min_length=10,
        max_length=10,
    )


class Settings(_Frozen):
    """A whole recipe: data → model → training → serving."""

    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    serving: ServingSettings = ServingSettings()

    @classmethod
    def checked(cls, values: Mapping[str, Any], source: str) -> Settings:
        """Validate plain values.

        Raises:
            SettingsError: a setting is unknown or out of range; names it and ``source``.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"The setting {name} in {source} cannot be used: {first['msg'].lower()} "
                f"(it holds {first['input']!r:.80}). Nothing was started."
            ) from None


def preset_names() -> list[str]:
    """Return the names of the presets that ship."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def _read(path: Path) -> dict[str, Any]:
    parse = json.loads if path.suffix == ".json" else tomllib.loads
    try:
        values = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The settings file {path} cannot be read ({error.strerror})."
        ) from None
    except ValueError as error:
        raise SettingsError(
            f"The settings file {path} is neither TOML nor JSON: {error}."
        ) from None
    if not isinstance(values, dict):
        raise SettingsError(f"The settings file {path} must hold tables such as [training].")
    return values


def _merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        inner = merged.get(name)
        merged[name] = (
            _merged(inner, value)
            if isinstance(inner, dict) and isinstance(value, Mapping)
            else value
        )
    return merged


def _above(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Override a recipe; another number of layers leaves the weights of the old ones behind."""
    merged = _merged(below, above)
    before, model = below.get("model", {}), above.get("model", {})
    if not isinstance(model, Mapping) or "layer_weights" in model:
        return merged
    if model.get("layers", before.get("layers")) != before.get("layers"):
        merged["model"].pop("layer_weights", None)
    return merged


def load_settings(
    preset: str = "standard", file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Return a preset, overridden by a settings file, overridden by single values.

    Args:
        preset: one of ``preset_names()``.
        file: TOML or JSON with the tables data, model, training, serving.
        overrides: nested values, such as ``{"training": {"seed": 3}}``.

    Raises:
        SettingsError: the preset is unknown, the file cannot be read, or a value is out of range.
    """
    if preset not in preset_names():
        raise SettingsError(f"There is no preset {preset!r}; choose {', '.join(preset_names())}.")
    values = _read(PRESETS / f"{preset}.toml")
    source = f"the preset {preset}"
    if file is not None:
        values, source = _above(values, _read(file)), str(file)
    return Settings.checked(_above(values, overrides or {}), source)
