"""Default values that the library, the pages, the scripts and the benchmarks share.

Settings of a recipe have their defaults in ``recsys.config``; constants that belong to one
algorithm stay in its module.
"""

from __future__ import annotations

__all__ = [
    "ALS_GRID",
    "BPR_MF_GRID",
    "CORE",
    "EASE_LAMBDA",
    "EASE_LAMBDA_GRID",
    "FASTRP_BETA",
    "FASTRP_BETA_GRID",
    "FASTRP_NEIGHBORS",
    "GIVEN_LIKES",
    "ITEM_KNN_NEIGHBORS",
    "LIKE_THRESHOLD",
    "MAP_NEIGHBORS",
    "MAX_RATING",
    "MIN_LIKES",
    "MIN_RATING",
    "RATING_WEIGHTS",
    "SEED",
    "TEST_SHARE",
    "TOP_K",
    "TUNING_SHARE",
    "TUNING_USERS",
    "VALIDATION_SHARE",
]

# Ratings
MIN_RATING, MAX_RATING = 1.0, 10.0  # the scale of every rating that enters the library
LIKE_THRESHOLD = 7.0  # a rating of this value or more is a like, a positive edge of the graph

# Lists and metrics
TOP_K = 20  # length of the ranked lists that are measured, and of a recommended list

# Splits and protocols
CORE = 10  # users and items of an evaluation have at least this many ratings (c-core)
MIN_LIKES = 30  # a cold-start test user has at least this many likes
GIVEN_LIKES = (3, 5, 10, 20)  # numbers of likes that are given of a cold-start test user
VALIDATION_SHARE = 0.1  # share of each user's likes that is held out to choose the best step
TEST_SHARE = 0.1  # share of the users, or of the dated ratings, that an evaluation holds out
TUNING_SHARE = 0.1  # share of the training users on whom the baselines are tuned
TUNING_USERS = 500  # most users on whom the baselines are tuned
SEED = 0  # seed of every draw where none is given

# Baselines
ITEM_KNN_NEIGHBORS = 200  # most similar items that Item-KNN keeps for each item
EASE_LAMBDA = 1000.0  # L2 regularisation of EASE where it is not tuned
# settings of EASE to choose among; the first is taken where there is nobody to tune on
EASE_LAMBDA_GRID = (EASE_LAMBDA, 100.0, 300.0, 3000.0, 10_000.0)
ALS_GRID = ((64, 50.0, 10.0), (192, 50.0, 10.0), (128, 10.0, 1.0))  # factors, λ, α
BPR_MF_GRID = ((128, 0.02, 0.003), (64, 0.05, 0.01))  # factors, learning rate, λ
FASTRP_NEIGHBORS = 200  # most similar items, by FastRP embedding, that are kept for each item
FASTRP_BETA = -0.5  # power of the degree that normalises FastRP's random walks
FASTRP_BETA_GRID = (-0.5, -0.9)

# weight of a rating of 1, 2, … 10 in a baseline's history, where histories are weighed by rating;
# the same as in the presets for new users
RATING_WEIGHTS = (-0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.9, 1.0, 1.1, 1.2)

# Map
MAP_NEIGHBORS = 15  # nearest neighbours of the full space that a layout is compared with
