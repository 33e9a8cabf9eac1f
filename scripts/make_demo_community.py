"""The demo community that ships: synthetic users from a model fitted to real ratings.

A small LightGCN is trained on nine tenths of the real users. A Gaussian mixture is fitted to their
(embedding, list length, mean rating), and 4,600 synthetic users are drawn from it. The last tenth
of the real users is not used, so that ``benchmarks/demo_community.py`` can test on it.

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
from recsys.defaults import CORE, TEST_SHARE
from recsys.training.trainer import Trainer

USERS, SEED = 4600, 7
MAX_SIMILARITY = 0.4  # drawn lists of this Jaccard similarity to a real one, or more, are left out
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
    """Return the ratings to fit and those to test on: the 10-core, split by users."""
    known = Catalogue.load(paths.catalogue_path()).ids.ids
    source = paths.shared_data() / "anime" / "ratings_all_explicit.parquet"
    core = read_ratings(source, catalogue_ids=known).interactions.core(CORE)
    return split_users(core, TEST_SHARE, np.random.default_rng(SEED))


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


def fit(real: Interactions, count: int, seed: int) -> SyntheticModel:
    """Fit the model to real ratings; draw the embeddings, list lengths and means of new users."""
    trainer = Trainer(real, RECIPE)
    for _ in trainer.run():
        pass
    with torch.no_grad():
        users, items = (part.numpy() for part in trainer.model())
    log_lengths = np.log(real.user_degrees)
    sums = np.bincount(real.rows, real.ratings, minlength=len(real.users))
    means = sums / real.user_degrees
    features = np.column_stack([users, log_lengths, means])
    spread = features.std(axis=0)
    mixture = GaussianMixture(24, covariance_type="full", reg_covar=0.02, random_state=seed)
    mixture.fit(features / spread)
    drawn, _ = mixture.sample(count)
    drawn = drawn * spread
    # the mixture smooths the edges of the real lengths: its order is kept, and the real quantiles,
    # interpolated between users so that no real length is copied, give the lengths
    quantile = (np.argsort(np.argsort(drawn[:, -2])) + 0.5) / count
    lengths = np.exp(np.quantile(log_lengths, quantile))
    degrees = real.item_degrees
    return SyntheticModel(
        items=real.items,
        item_embeddings=items.astype(np.float32),
        popularity=degrees / degrees.sum(),
        item_means=np.bincount(real.columns, real.ratings, minlength=len(real.items)) / degrees,
        user_embeddings=drawn[:, :-2].astype(np.float32),
        list_lengths=np.clip(np.rint(lengths), 1, len(real.items) // 2).astype(np.int64),
        user_means=drawn[:, -1],
        sequels=(pairs := sequel_pairs(real.items)),
        prequel_share=prequel_share(real, pairs),
        histogram=np.bincount(real.ratings.astype(int), minlength=11)[1:] / len(real),
    )


def main() -> None:
    """Fit the model, draw the users and write ``data/demo_community.parquet``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    fitted, others = real_people()
    drawn = draw_synthetic_ratings(fit(fitted, USERS, SEED), np.random.default_rng(SEED))
    # lists of popular titles may resemble a real one by chance
    similarity = np.maximum(max_list_similarity(drawn, fitted), max_list_similarity(drawn, others))
    drawn = drawn.with_users(similarity < MAX_SIMILARITY)
    print(
        f"{(similarity >= MAX_SIMILARITY).sum()} of {USERS} users left out: too similar to a real "
        "user"
    )
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
