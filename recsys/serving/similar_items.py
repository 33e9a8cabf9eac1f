"""Similar items: the items whose embeddings have the highest cosine with an item's embedding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from recsys.serving.filters import Filters, allowed_items
from recsys.serving.fold_in import to_numpy
from recsys.serving.ranking import rank_items

if TYPE_CHECKING:
    import pandas as pd

    from recsys.serving.recommender import Recommender

__all__ = ["SimilarItem", "SimilarItemList", "most_similar_items"]


@dataclass(frozen=True, slots=True)
class SimilarItem:
    """One similar item.

    Attributes:
        item_id: id of the item.
        similarity: cosine between the two embeddings, −1 to 1.
        title: of the item; None where the model has no catalogue.
    """

    item_id: int
    similarity: float
    title: str | None = None


@dataclass(frozen=True, slots=True)
class SimilarItemList(Sequence[SimilarItem]):
    """The items most similar to one item, the most similar first.

    Attributes:
        similar_items: the most similar first.
    """

    similar_items: tuple[SimilarItem, ...]

    def __len__(self) -> int:
        return len(self.similar_items)

    def __iter__(self) -> Iterator[SimilarItem]:
        return iter(self.similar_items)

    @overload
    def __getitem__(self, index: int) -> SimilarItem: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SimilarItem, ...]: ...
    def __getitem__(self, index: int | slice) -> SimilarItem | tuple[SimilarItem, ...]:
        return self.similar_items[index]

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas frame with the columns item_id, similarity and title."""
        import pandas as pd  # noqa: PLC0415 - the pages and the terminal do without pandas

        columns = ["item_id", "similarity", "title"]
        return pd.DataFrame([asdict(entry) for entry in self.similar_items], columns=columns)


def most_similar_items(recommender: Recommender, row: int, k: int) -> SimilarItemList:
    """Return the k items most similar to the item of a row.

    Args:
        recommender: the model.
        row: item row of the model.
        k: number of items; fewer are returned where fewer may be shown.
    """
    embeddings = to_numpy(recommender.item_factors.embeddings)
    lengths = np.maximum(np.linalg.norm(embeddings, axis=1), 1e-12)
    cosines = (embeddings @ embeddings[row]) / (lengths * lengths[row])
    catalogue = recommender.optional_catalogue
    catalogue_row = int(recommender.catalogue_rows[row])
    is_adult = catalogue is not None and catalogue_row >= 0 and catalogue.is_adult[catalogue_row]
    allowed, _ = allowed_items(recommender, Filters(adult=bool(is_adult)))
    allowed[row] = False
    ranked = rank_items(cosines, allowed)[:k]
    entries = zip(
        recommender.items.ids[ranked].tolist(),
        cosines[ranked].tolist(),
        recommender.titles(ranked),
        strict=True,
    )
    return SimilarItemList(tuple(SimilarItem(*entry) for entry in entries))
