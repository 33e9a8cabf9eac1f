"""Recommender: a trained model with an optional catalogue, ready to rank items for anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Int64

from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import CheckpointError, DataError, SettingsError
from recsys.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from recsys.serving.factor_device import move_to_device
from recsys.serving.filters import Filters, allowed_items, first_per_franchise
from recsys.serving.fold_in import ItemFactors, baseline_contribution, item_contributions
from recsys.serving.ranking import (
    Contribution,
    Recommendation,
    RecommendationList,
    rank_items,
    ranking_scores,
)
from recsys.serving.request_checks import check_list_length, checked_item_ids, checked_ratings
from recsys.serving.similar_items import SimilarItemList, most_similar_items

if TYPE_CHECKING:
    from torch_geometric.nn import LightGCN

__all__ = ["Recommender", "load_recommender"]


@dataclass(frozen=True, slots=True, eq=False)
class Recommender:
    """A trained model, with a catalogue of its items where there is one. Immutable.

    Attributes:
        checkpoint: the model as it was trained or loaded.
        item_factors: the vectors of the items, on the device that computes.
        optional_catalogue: facts about the items, or None.
        catalogue_rows: catalogue row of each item of the model, −1 where it has none.
        showable: items that may be recommended: those in the catalogue; all without a catalogue.
        device: ``cpu``, ``cuda`` or ``mps``.
    """

    checkpoint: Checkpoint
    item_factors: ItemFactors
    optional_catalogue: Catalogue | None
    catalogue_rows: Int64[np.ndarray, " items"]
    showable: Bool[np.ndarray, " items"]
    device: str

    @classmethod
    def from_checkpoint(
        cls,
        checkpoint: Checkpoint,
        catalogue: Catalogue | None = None,
        *,
        device: str | None = None,
    ) -> Recommender:
        """Return a recommender for a checkpoint, with a catalogue or without.

        Args:
            checkpoint: the model.
            catalogue: facts about its items; needed for titles and filters only.
            device: where to compute; an accelerator where there is one by default.

        Raises:
            CheckpointError: the catalogue covers less than half of the model's items.
        """
        items = checkpoint.items
        rows = np.full(len(items), -1) if catalogue is None else catalogue.ids.find(items.ids)
        known = int((rows >= 0).sum())
        if catalogue is not None and known < len(items) / 2:
            raise CheckpointError(
                f"The catalogue does not match the model {checkpoint.name}: it holds {known} of "
                f"the model's {len(items)} items. Nothing was changed; give the catalogue that the "
                "model was trained with."
            )
        showable = np.ones(len(items), dtype=bool) if catalogue is None else rows >= 0
        factors, device = move_to_device(ItemFactors.from_checkpoint(checkpoint), device)
        return cls(checkpoint, factors, catalogue, rows, showable, device)

    @property
    def name(self) -> str:
        """Name of the model, for display."""
        return self.checkpoint.name

    @property
    def content_hash(self) -> str:
        """Content hash of the model."""
        return self.checkpoint.content_hash

    @property
    def card(self) -> Mapping[str, Any]:
        """Facts about the training: data, metrics with their protocol, versions."""
        return self.checkpoint.card

    @property
    def items(self) -> IdMap:
        """Item ids of the model, in row order."""
        return self.item_factors.items

    @property
    def catalogue(self) -> Catalogue:
        """Facts about the items.

        Raises:
            DataError: the model was loaded without a catalogue.
        """
        if self.optional_catalogue is None:
            raise DataError(
                f"The model {self.name} was loaded without a catalogue, so its items have no "
                "titles and cannot be filtered. Load it with one: "
                "recsys.load(folder, catalogue=...)."
            )
        return self.optional_catalogue

    def recommend(
        self,
        ratings: Mapping[int, float],
        k: int = 10,
        *,
        seen: Iterable[int] = (),
        filters: Filters | None = None,
        familiarity: float = 0.0,
        among: Iterable[int] | None = None,
    ) -> RecommendationList:
        """Rank all items for a user, apply the filters, and explain the first k.

        Args:
            ratings: 1 to 10 by item id; NaN for a like without a rating.
            k: length of the list, 1 to the number of items.
            seen: further items of the user; like the rated ones they are not recommended.
            filters: conditions on the items; by default adult titles and further titles of the
                same franchise are hidden, where a catalogue is known.
            familiarity: −1 (what the user likes more than others do) … 1 (what most people like):
                this multiple of the mean user's score is added, and is part of the baseline.
            among: only these items may be listed; all by default.

        Returns:
            The k best items with their contributions; fewer where fewer pass the filters.

        Raises:
            SettingsError: k or ``familiarity`` is out of range.
            DataError: a rating is not from 1 to 10, an id is no whole number of 64 bits, or a
                filter is set and the model has no catalogue.
        """
        check_list_length(k, len(self.items))
        if not isinstance(familiarity, Real) or not -1 <= familiarity <= 1:
            raise SettingsError(f"familiarity must be from -1 to 1; it is {familiarity!r:.80}.")
        filters = filters or Filters()
        values, ids = checked_ratings(ratings), checked_item_ids(ratings)
        rows = self.items.find(ids)
        known = rows >= 0
        ranking = ranking_scores(self.item_factors, rows[known], values[known], familiarity)
        allowed, hidden = allowed_items(self, filters)
        excluded = np.concatenate([rows[known], self.items.find(checked_item_ids(seen))])
        excluded = excluded[excluded >= 0]
        allowed[excluded] = False
        hidden[excluded] = False
        if among is not None:
            eligible = np.isin(self.items.ids, checked_item_ids(among))
            allowed &= eligible
            hidden &= eligible
        ranked = rank_items(ranking.scores, allowed)
        if filters.one_per_franchise:
            ranked = first_per_franchise(self, ranked)
        shown = ranked[:k]
        # adult titles that score at least as high as the last title of the list
        lowest = ranking.scores[shown[-1]] if shown.size else -np.inf
        hidden_adult = int((hidden & (ranking.scores >= lowest)).sum())
        contributions = item_contributions(self.item_factors, ranking.user, shown)
        baseline = baseline_contribution(self.item_factors, ranking.user, shown)
        baseline = baseline + ranking.adjustment[shown]
        recommendations = tuple(
            Recommendation(
                item_id,
                float(score),
                _sorted_contributions(ids[known].tolist(), values_of_item, float(constant)),
                title,
            )
            for item_id, score, values_of_item, constant, title in zip(
                self.items.ids[shown].tolist(),
                ranking.scores[shown],
                contributions.tolist(),
                baseline,
                self.titles(shown),
                strict=True,
            )
        )
        return RecommendationList(
            recommendations,
            tuple(ids[known].tolist()),
            tuple(ids[~known].tolist()),
            ranking.likes,
            hidden_adult,
        )

    def similar_items(self, item_id: int, k: int = 10) -> SimilarItemList:
        """Return the k items whose embeddings have the highest cosine with an item's embedding.

        Args:
            item_id: an item of the model.
            k: number of items, 1 to the number of the other items.

        Returns:
            The most similar items first; adult titles are left out unless the item itself is one.

        Raises:
            SettingsError: k is out of range.
            DataError: the model does not cover the item.
        """
        check_list_length(k, len(self.items) - 1)
        row = int(self.items.find(checked_item_ids([item_id]))[0])
        if row < 0:
            raise DataError(
                f"The model {self.name} does not cover the item {item_id}; it covers "
                f"{len(self.items):,} items. Give the id of one of them."
            )
        return most_similar_items(self, row, k)

    def titles(self, rows: Int64[np.ndarray, " n"]) -> list[str | None]:
        """Return the titles of some items of the model; None where a title is not known.

        Args:
            rows: item rows of the model.
        """
        if self.optional_catalogue is None:
            return [None] * rows.size
        titles = self.optional_catalogue.facts["title"]
        return [titles[row] if row >= 0 else None for row in self.catalogue_rows[rows].tolist()]

    @classmethod
    def from_pyg(
        cls,
        model: LightGCN,
        ratings: Any,
        *,
        catalogue: Catalogue | None = None,
        like_threshold: float = LIKE_THRESHOLD,
        name: str = "LightGCN (PyG)",
    ) -> Recommender:
        """Return a trained ``torch_geometric.nn.LightGCN`` as a recommender.

        Args:
            model: a PyG model whose nodes are the users and then the items of ``ratings``.
            ratings: what the model was trained on: of ``recsys.read_ratings``, or a path or a data
                frame that it takes.
            catalogue: facts about the items; needed for titles and filters only.
            like_threshold: ratings of this value or more are the edges of the graph.
            name: of the model.

        Raises:
            SettingsError: the model has another number of nodes than ``ratings``, or has more
                layers or dimensions than a checkpoint can hold.
            DataError: the ratings cannot be read.
        """
        from recsys.serving.pyg import checkpoint_from_pyg  # noqa: PLC0415 - used only here

        checkpoint = checkpoint_from_pyg(model, ratings, like_threshold=like_threshold, name=name)
        return cls.from_checkpoint(checkpoint, catalogue)

    def to_pyg(self, ratings: Any = None) -> LightGCN:
        """Return the model as a ``torch_geometric.nn.LightGCN`` without layers of its own.

        Its ``get_embedding`` returns the embeddings of this model, for any edges.

        Args:
            ratings: users to fold in: of ``recsys.read_ratings``, or a path or a data frame that it
                takes; by default the training users, where the model keeps them.

        Returns:
            The PyG model; its nodes are the users, in row order, and then the items.

        Raises:
            DataError: the ratings cannot be read.
        """
        from recsys.serving.pyg import to_pyg_model  # noqa: PLC0415 - used only here

        return to_pyg_model(self.checkpoint, ratings)

    def save(self, folder: str | Path) -> None:
        """Write the model as a checkpoint, which ``recsys.load`` reads.

        Args:
            folder: new, or holding a checkpoint that is replaced.

        Raises:
            CheckpointError: the folder cannot be written, or holds other files.
        """
        save_checkpoint(Path(folder), self.checkpoint)


def load_recommender(
    checkpoint: Path, catalogue: Path | None = None, *, with_users: bool = False
) -> Recommender:
    """Return a recommender for the files of a checkpoint and a catalogue, which must match.

    Args:
        checkpoint: folder of a checkpoint.
        catalogue: a catalogue of this project, or any file that describes the items; or none.
        with_users: keep the embeddings of the training users in memory; lists do not need them.

    Raises:
        CheckpointError: the checkpoint is unusable, or the catalogue does not match it.
        DataError: the catalogue is unusable.
    """
    from recsys.data.items_file import read_catalogue  # noqa: PLC0415 - polars, after first paint

    model = load_checkpoint(checkpoint)
    if not with_users:
        model = replace(model, users=None, user_embeddings=None)
    return Recommender.from_checkpoint(
        model, None if catalogue is None else read_catalogue(catalogue)
    )


def _sorted_contributions(
    rated_ids: list[int], values: list[float], baseline: float
) -> tuple[Contribution, ...]:
    parts = [
        *(Contribution(item_id, value) for item_id, value in zip(rated_ids, values, strict=True)),
        Contribution(None, baseline),
    ]
    return tuple(sorted(parts, key=lambda part: -part.value))
