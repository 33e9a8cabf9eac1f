"""Command ``recommend``: a list with genres and the contributions of the rated items."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recsys import paths
from recsys.cli.options import positive_numbers, print_json
from recsys.errors import DataError, ProfileError, SettingsError
from recsys.library.terminal_output import console
from recsys.serving.filters import Filters
from recsys.serving.ranking import Recommendation, RecommendationList
from recsys.serving.recommender import Recommender, load_recommender

__all__ = ["recommend"]

BASELINE_NAME = "its popularity"


def recommend(
    checkpoint: Annotated[
        Path | None, typer.Option(help="Folder of the model; the shipped one by default.")
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option(help="Facts about the anime; the shipped ones by default.")
    ] = None,
    liked: Annotated[
        str | None, typer.Option(help="MyAnimeList ids of liked anime: 1,5,30.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Name of a profile of the app.")] = None,
    user: Annotated[str | None, typer.Option(help="A user of the --ratings file.")] = None,
    ratings: Annotated[Path | None, typer.Option(help="Ratings file that holds --user.")] = None,
    top: Annotated[int, typer.Option(help="Length of the list.")] = 5,
    adult: Annotated[bool, typer.Option("--adult", help="Show adult titles too.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Recommend anime, and show what each rating contributes to each of them."""
    sources = [source for source in (liked, profile, user) if source is not None]
    if len(sources) != 1:
        raise SettingsError("Give exactly one of --liked, --profile, or --user with --ratings.")
    seen: list[int] = []
    if liked is not None:
        rated = dict.fromkeys(positive_numbers(liked, "--liked"), float("nan"))
    elif profile is not None:
        rated, seen = _profile_ratings(profile)
    else:
        rated = _user_ratings(str(user), ratings)
    recommender = load_recommender(
        checkpoint or paths.default_checkpoint(), catalogue or paths.catalogue_path()
    )
    listed = recommender.recommend(rated, top, seen=seen, filters=Filters(adult=adult))
    if rated and not listed.known_ids:
        raise DataError(
            f"The model covers none of the {len(rated)} rated anime (the first is "
            f"{next(iter(rated))}), so it cannot recommend from them. Give MyAnimeList ids that "
            "it was trained on."
        )
    if json:
        print_json({"recommendations": [_as_json(recommender, entry) for entry in listed]})
        return
    _print_table(recommender, listed)


def _profile_ratings(name: str) -> tuple[dict[int, float], list[int]]:
    """Return the ratings of a profile of the app, and the ids of its other entries."""
    from recsys.profiles.store import ProfileStore  # noqa: PLC0415 - SQLAlchemy, used only here

    with ProfileStore.open(paths.profiles_url()) as store:
        profiles = store.profiles()
        matching = [row for row in profiles if row.name.casefold() == name.casefold()]
        if not matching:
            names = ", ".join(row.name for row in profiles) or "none yet"
            raise ProfileError(f"There is no profile {name!r}. The profiles are: {names}.")
        entries = store.entries(matching[0].id)
    rated = {entry.anime_id: float(entry.rating) for entry in entries if entry.rating is not None}
    return rated, [entry.anime_id for entry in entries if entry.rating is None]


def _user_ratings(user: str, path: Path | None) -> dict[int, float]:
    """Return the ratings of a user of a ratings file."""
    from recsys.data.ratings_file import read_ratings  # noqa: PLC0415 - polars, used only here

    if path is None:
        raise SettingsError("--user needs --ratings FILE, the file that holds the user.")
    table = read_ratings(path).interactions
    is_numeric = table.users.ids.dtype.kind == "i"
    if is_numeric and not re.fullmatch(r"-?[0-9]{1,18}", user):  # an int64 holds 18 digits
        raise DataError(f"The users of {path} are numbers; {user!r:.80} is not a number of a user.")
    row = int(table.users.find(np.array([int(user) if is_numeric else user]))[0])
    if row < 0:
        raise DataError(f"There is no user {user} in {path} ({len(table.users):,} users).")
    entries = table.user_slice(row)
    ids = table.items.ids[table.columns[entries]]
    return dict(zip(ids.tolist(), table.ratings[entries].tolist(), strict=True))


def _as_json(recommender: Recommender, entry: Recommendation) -> dict[str, Any]:
    anime = recommender.catalogue.get(entry.item_id)
    because: list[dict[str, Any]] = []
    for part in entry.contributions:
        if part.item_id is None:
            because.append({"anime_id": None, "term": "everybody", "share": part.value})
        else:
            because.append({"anime_id": part.item_id, "share": part.value})
    return {
        "anime_id": entry.item_id,
        "title": entry.title or str(entry.item_id),
        "genres": list(anime.genres) if anime else [],
        "score": entry.score,
        "because": because,
    }


def _print_table(recommender: Recommender, listed: RecommendationList) -> None:
    def label(item_id: int | None) -> str:
        if item_id is None:
            return BASELINE_NAME
        anime = recommender.catalogue.get(item_id)
        return anime.title if anime else f"anime {item_id}"

    table = Table("Title", "Genres", "Score", "Because of", title=f"Model: {recommender.name}")
    for entry in listed:
        anime = recommender.catalogue.get(entry.item_id)
        reasons = [part for part in entry.contributions if part.value > 0][:3]
        table.add_row(
            escape(label(entry.item_id)),
            escape(", ".join(anime.genres if anime else ())),
            f"{entry.score:.3f}",
            escape(", ".join(f"{label(p.item_id)} {entry.percent(p):.0f} %" for p in reasons)),
        )
    Console().print(table)
    messages = console()
    if not listed.is_personalized:
        messages.print("No likes yet (ratings of 7 or more): showing popular titles.")
    if listed.unknown_ids:
        messages.print(
            f"{len(listed.unknown_ids)} rated anime are not covered by the model and not used."
        )
    if listed.hidden_adult:
        messages.print(f"{listed.hidden_adult} adult titles are hidden; --adult shows them.")
