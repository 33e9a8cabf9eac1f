"""Draw the demo community that ships: synthetic people from a model fitted to real ratings.

A small LightGCN learns the tastes of nine tenths of the real people; a Gaussian mixture is fitted
to (taste, list length, mean rating); 4,600 new people are drawn from it. The last tenth is never
fitted, so that ``benchmarks/demo_community.py`` can test on it.

    make demo-data
"""

from __future__ import annotations

import argparse

import numpy as np
import polars as pl
import torch
from sklearn.mixture import GaussianMixture

from recsys import paths
from recsys.config import Settings
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.data.ratings_file import read_ratings
from recsys.data.synthetic import (
    SyntheticModel,
    draw_synthetic_ratings,
    max_list_similarity,
    prequel_share,
)
from recsys.training.trainer import Trainer

PEOPLE, SEED, CORE = 4600, 7, 10
NEAR = 0.4  # Jaccard similarity to any real list from which a drawn list is left out
RECIPE = Settings.model_validate(
    {
        "model": {"dimension": 32, "layers": 1, "start": "xavier"},
        "training": {
            "loss": "softmax", "batch": 1024, "l2": 0.02, "l2_by_degree": True,
            "learning_rate": 0.05, "schedule": "cosine", "epochs": 40, "patience": 0,
        },
    }
)  # fmt: skip


def real_people() -> tuple[Interactions, Interactions]:
    """Return the ratings to fit and those to test on: the 10-core, cut by people."""
    known = Catalogue.load(paths.catalogue_path()).ids.ids
    source = paths.shared_data() / "anime" / "ratings_all_explicit.parquet"
    core = read_ratings(source, catalogue_ids=known).interactions.core(CORE)
    return split_users(core, 0.1, np.random.default_rng(SEED))


def sequel_pairs(items: IdMap) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return (earlier, later) item rows of all sequels among these items."""
    edges = pl.read_parquet(paths.shared_data() / "anime" / "relations.parquet")
    edges = edges.filter(pl.col("relation") == "sequel")
    pairs = np.stack(
        [
            items.find(edges[name].to_numpy().astype(np.int64))
            for name in ("anime_id", "related_id")
        ],
        axis=1,
    )
    return pairs[(pairs >= 0).all(axis=1)]


def fit(real: Interactions, people: int, seed: int) -> SyntheticModel:
    """Fit the model to real ratings and draw the people's tastes, lengths and means from it."""
    trainer = Trainer(real, RECIPE)
    for _ in trainer.run():
        pass
    with torch.no_grad():
        users, items = (part.numpy() for part in trainer.model())
    lengths = np.log(real.user_degrees)
    sums = np.bincount(real.rows, real.ratings, minlength=len(real.users))
    means = sums / real.user_degrees
    facts = np.column_stack([users, lengths, means])
    spread = facts.std(axis=0)
    mixture = GaussianMixture(24, covariance_type="full", reg_covar=0.02, random_state=seed)
    mixture.fit(facts / spread)
    drawn, _ = mixture.sample(people)
    drawn = drawn * spread
    # a mixture has softer edges than the real lengths: keep its order, take the real quantiles,
    # drawn between neighbouring people so that no real length is copied as such
    place = (np.argsort(np.argsort(drawn[:, -2])) + 0.5) / people
    smooth = np.exp(np.quantile(lengths, place))
    degrees = real.item_degrees
    return SyntheticModel(
        items=real.items,
        item_embeddings=items.astype(np.float32),
        popularity=degrees / degrees.sum(),
        item_means=np.bincount(real.columns, real.ratings, minlength=len(real.items)) / degrees,
        user_embeddings=drawn[:, :-2].astype(np.float32),
        list_lengths=np.clip(np.rint(smooth), 1, len(real.items) // 2).astype(np.int64),
        user_means=drawn[:, -1],
        sequels=(pairs := sequel_pairs(real.items)),
        prequel_share=prequel_share(real, pairs),
        histogram=np.bincount(real.ratings.astype(int), minlength=11)[1:] / len(real),
    )


def main() -> None:
    """Fit, draw and write ``data/demo_community.parquet``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    fitted, others = real_people()
    drawn = draw_synthetic_ratings(fit(fitted, PEOPLE, SEED), np.random.default_rng(SEED))
    # popular titles make some lists resemble by chance; those that resemble a real one most go
    nearest = np.maximum(max_list_similarity(drawn, fitted), max_list_similarity(drawn, others))
    drawn = drawn.with_users(nearest < NEAR)
    print(f"{(nearest >= NEAR).sum()} of {PEOPLE} people left out as too near to a real one")
    table = pl.DataFrame(
        {
            "user": pl.Series(drawn.users.ids[drawn.rows], dtype=pl.Int32),
            "anime_id": pl.Series(drawn.items.ids[drawn.columns], dtype=pl.Int32),
            "rating": pl.Series(drawn.ratings, dtype=pl.Int8),
        }
    )
    path = paths.demo_ratings_path()
    table.write_parquet(
        path,
        compression="zstd",
        compression_level=19,
        statistics=False,
        metadata={"about": "Synthetic people: nobody in this file exists."},
    )
    print(f"{path}: {drawn}, {path.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
