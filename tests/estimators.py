"""Estimators for models that nobody trained."""

import numpy as np

from recsys.models.user_estimator import UserEmbeddingEstimator


def made_estimator(d, seed=0):
    """Return one of random numbers: its mathematics is exact whatever they are."""
    rng = np.random.default_rng(seed)
    numbers = [rng.normal(size=size).astype(np.float32) for size in ((d, d), (d, d), d, d)]
    probes, readout, mean_like, mean_person = numbers
    spectrum = rng.random(d, dtype=np.float32)
    return UserEmbeddingEstimator(probes / d, readout, spectrum, mean_like, mean_person)
