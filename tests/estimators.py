"""User estimators with random arrays, for tests."""

import numpy as np

from recsys.models.user_estimator import UserEmbeddingEstimator


def made_estimator(d, seed=0):
    """Return an estimator with random arrays; its equations hold for any."""
    rng = np.random.default_rng(seed)
    numbers = [rng.normal(size=size).astype(np.float32) for size in ((d, d), (d, d), d, d)]
    eigenvectors, projection, mean_liked_item, mean_user = numbers
    eigenvalues = rng.random(d, dtype=np.float32)
    return UserEmbeddingEstimator(
        eigenvectors / d, projection, eigenvalues, mean_liked_item, mean_user
    )
