"""Example profiles: ready-made ratings to try the app with one click."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXAMPLES", "Example"]


@dataclass(frozen=True, slots=True)
class Example:
    """An example profile.

    Attributes:
        name: name of the profile.
        line: a short description, for the button.
        ratings: 1 to 10 by MyAnimeList id.
    """

    name: str
    line: str
    ratings: dict[int, int]


EXAMPLES = (
    Example(
        "Quiet slice of life",
        "Tea, seasons, small kindnesses",
        # Aria, Mushishi, Yuru Camp, Barakamon, Natsume, Non Non Biyori; not Akame ga Kill
        {477: 9, 457: 10, 34798: 9, 22789: 9, 4081: 10, 17549: 8, 22199: 3},
    ),
    Example(
        "Space opera",
        "Fleets, cargo ships and jazz",
        # Legend of the Galactic Heroes, Cowboy Bebop, Planetes, Crest of the Stars, Gurren Lagann
        {820: 10, 1: 10, 329: 9, 290: 8, 2001: 8, 33352: 5, 3572: 8},
    ),
    Example(
        "Puzzles and dread",
        "Minds against minds",
        # Monster, Death Note, Steins;Gate, Psycho-Pass, Shinsekai yori, Paranoia Agent; not K-On!
        {19: 10, 1535: 8, 9253: 10, 13601: 9, 13125: 9, 323: 8, 5680: 4},
    ),
    Example(
        "Hearts and music",
        "Romance that hurts a little",
        # Your Lie in April, Nana, Toradora!, Kimi no Na wa., Honey and Clover, Fruits Basket
        {23273: 9, 877: 10, 4224: 8, 32281: 9, 16: 8, 38680: 9, 11757: 3},
    ),
)
