"""Settings of a model: data, architecture, training and serving, validated and immutable.

Each setting carries the symbol that the literature uses (``title``) and one sentence of
explanation (``description``); the Training page shows both.
"""

from __future__ import annotations

from collections.abc import Mapping
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
]


def _setting(symbol: str, meaning: str, default: Any, **bounds: Any) -> Any:
    """Declare a field with its symbol and one sentence of explanation."""
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
        "r ≥", "Ratings of this value or more count as likes.", LIKE_THRESHOLD, ge=1, le=10
    )
    core: int = _setting(
        "c-core",
        "Leave out people and anime with fewer ratings than this; 1 keeps all.",
        1,
        ge=1,
        le=1000,
    )
    sample_items: float = _setting(
        "share of I",
        "Random share of the anime to train on, to save memory; 1 keeps all.",
        1.0,
        gt=0,
        le=1,
    )


class ModelSettings(_Frozen):
    """Architecture of LightGCN: size, depth, normalisation and initial embeddings.

    Source: He et al., SIGIR 2020, arXiv:2002.02126.
    """

    dimension: int = _setting("d", "Length of each embedding vector.", 64, ge=1, le=4096)
    layers: int = _setting(
        "K", "Number of propagation layers: how many hops an embedding includes.", 3, ge=0, le=10
    )
    layer_weights: tuple[float, ...] | None = _setting(
        "α", "Weight of each layer 0…K; if not set, 1/(K+1) each, as in the paper.", None
    )
    user_exponent: float = _setting(
        "p",
        "Exponent of the person's degree in the normalisation of an edge; ½ in the paper.",
        0.5,
        ge=0,
        le=1,
    )
    item_exponent: float = _setting(
        "q",
        "Exponent of the anime's degree in the normalisation of an edge; ½ in the paper.",
        0.5,
        ge=0,
        le=1,
    )
    start: Literal["normal", "xavier", "svd"] = _setting(
        "E⁰",
        "Initial embeddings: random (normal, xavier), or the largest singular vectors of the "
        "graph (svd).",
        "normal",
    )
    start_scale: float = _setting(
        "σ",
        "Standard deviation of a normal start; scaling factor of an svd start.",
        0.1,
        gt=0,
        le=1000,
    )
    slices: int = _setting(
        "slices of d",
        "Number of parts of the embeddings that are propagated one after the other, to save "
        "memory.",
        1,
        ge=1,
        le=512,
    )

    @model_validator(mode="after")
    def _check_layer_weights_and_slices(self) -> ModelSettings:
        if self.layer_weights is not None and len(self.layer_weights) != self.layers + 1:
            raise ValueError(
                f"it needs {self.layers + 1} layer weights, one for each of the layers 0 to "
                f"{self.layers}, or none for equal weights"
            )
        if self.slices > self.dimension:
            raise ValueError("the number of slices cannot be larger than the dimension")
        return self

    @property
    def alpha(self) -> tuple[float, ...]:
        """Weight of each layer 0…K."""
        return self.layer_weights or (1 / (self.layers + 1),) * (self.layers + 1)


class TrainingSettings(_Frozen):
    """Loss, sampling, regularisation, optimiser and schedule."""

    loss: Literal["bpr", "softmax"] = _setting(
        "L",
        "Training loss: pairwise ranking as in the paper (bpr), or cross-entropy over all likes "
        "of a person at once (softmax).",
        "bpr",
    )
    batch: int = _setting("B", "Likes (bpr) or people (softmax) per step.", 2048, ge=1)
    negatives: int = _setting(
        "N",
        "Number of anime sampled per step as negatives (softmax); 0 uses all anime.",
        0,
        ge=0,
    )
    hard_pool: int = _setting(
        "M",
        "Sample this many negatives per like and use the one with the highest score (bpr); 1 "
        "samples uniformly.",
        1,
        ge=1,
        le=1024,
    )
    activity_weight: float = _setting(
        "h", "Each like of a person with n likes has the weight n^−h (softmax).", 0.0, ge=0, le=1
    )
    height_weight: float = _setting(
        "g",
        "A like with the rating r has the weight 1 + g (r − the mean of that person's likes) "
        "(softmax).",
        0.0,
        ge=0,
        le=1,
    )
    l2: float = _setting("λ", "Strength of the L2 regularisation of the embeddings.", 1e-4, ge=0)
    l2_by_degree: bool = _setting(
        "λ·d/|E|",
        "Regularise all embeddings on every step, each by its degree, instead of only the E⁰ of "
        "the batch.",
        default=False,
    )
    edge_dropout: float = _setting(
        "1 − keep", "Share of the edges that is left out of each step.", 0.0, ge=0, lt=1
    )
    node_dropout: float = _setting(
        "1 − keep", "Share of the nodes that is left out of each step.", 0.0, ge=0, lt=1
    )
    dropout_in: Literal["graph", "history"] = _setting(
        "where",
        "Edges to which dropout applies: both directions (graph), or only from anime to the "
        "people who like them (history).",
        "graph",
    )
    learning_rate: float = _setting("η", "Learning rate of Adam.", 1e-3, gt=0, le=10)
    schedule: Literal["constant", "cosine"] = _setting(
        "η(t)", "Learning rate over time: constant, or falling to zero along a cosine.", "constant"
    )
    epochs: int = _setting("epochs", "Passes over the likes (bpr) or people (softmax).", 1000, ge=1)
    steps: int = _setting(
        "T", "Number of steps to train instead of epochs; 0 uses the epochs.", 0, ge=0
    )
    evaluate_every: int = _setting("every", "Epochs between two validations.", 10, ge=1)
    evaluate_steps: int = _setting(
        "every T", "Steps between two validations instead of epochs; 0 uses the epochs.", 0, ge=0
    )
    save_every: int = _setting(
        "save", "Validations between two saved states, from which a run can resume.", 1, ge=1
    )
    patience: int = _setting(
        "patience",
        "Validations without a better NDCG@20 after which training stops; 0 never stops early.",
        5,
        ge=0,
    )
    seed: int = _setting(
        "seed",
        "Random seed: the same seed, device and number of threads give exactly the same model.",
        0,
        ge=0,
    )


class ServingSettings(_Frozen):
    """How a new user's ratings become a list (the equation: ``recsys.serving.fold_in``)."""

    rating_weights: tuple[float, ...] = _setting(
        "w",
        "Weight of a rating of 1, 2, … 10; a negative weight counts against similar anime.",
        (1.0,) * 10,
        min_length=10,
        max_length=10,
    )


class Settings(_Frozen):
    """All settings of a model."""

    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    serving: ServingSettings = ServingSettings()

    @classmethod
    def checked(cls, values: Mapping[str, Any], source: str) -> Settings:
        """Validate plain values.

        Args:
            values: nested values, such as ``{"training": {"seed": 3}}``; others keep their default.
            source: names where the values are from, in the message.

        Returns:
            The settings.

        Raises:
            SettingsError: a setting is unknown or out of range.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            reason = first["msg"].removeprefix("Value error, ")
            raise SettingsError(
                f"The setting {name} in {source} cannot be used: {reason[0].lower()}{reason[1:]} "
                f"(its value is {first['input']!r:.80}). Nothing was started."
            ) from None
