"""``python -m recsys recommend``: a list with genres and exact reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recsys import paths
from recsys.cli.options import console, positive_numbers, print_json
from recsys.errors import DataError, ProfileError, SettingsError
from recsys.serving.filters import Filters
from recsys.serving.recommend import Recommendation, RecommendationList
from recsys.serving.recommend import recommend as recommend_for
from recsys.serving.recommender import Recommender, load_recommender

__all__ = ["recommend"]


def recommend(
    checkpoint: Annotated[Path | None, typer.Option(help="Checkpoint; the one that ships.")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Catalogue; the one that ships.")] = None,
    liked: Annotated[
        str | None, typer.Option(help="MyAnimeList ids of liked anime: 1,5,30.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Name of a profile of the app.")] = None,
    user: Annotated[str | None, typer.Option(help="A user of the --ratings file.")] = None,
    ratings: Annotated[Path | None, typer.Option(help="Ratings file that --user is in.")] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Length of the list.")] = 5,
    adult: Annotated[bool, typer.Option("--adult", help="Show adult titles too.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Recommend anime, each with its exact reasons."""
    ways = [way for way in (liked, profile, user) if way is not None]
    if len(ways) != 1:
        raise SettingsError("Give exactly one of --liked, --profile, or --user with --ratings.")
    seen: list[int] = []
    if liked is not None:
        rated = dict.fromkeys(positive_numbers(liked, "--liked"), float("nan"))
    elif profile is not None:
        rated, seen = _of_profile(profile)
    else:
        rated = _of_user(str(user), ratings)
    bundle = load_recommender(
        checkpoint or paths.default_checkpoint(), catalogue or paths.catalogue_path()
    )
    found = recommend_for(bundle, rated, seen=seen, filters=Filters(adult=adult), top=top)
    if rated and not found.known:
        raise DataError(
            f"The model knows none of the {len(rated)} rated anime (first: {next(iter(rated))}); "
            "there is nothing to recommend from. Give MyAnimeList ids that it was trained on."
        )
    if json:
        print_json({"recommendations": [_as_json(bundle, one) for one in found.recommendations]})
        return
    _print_table(bundle, found)


def _of_profile(name: str) -> tuple[dict[int, float], list[int]]:
    from recsys.profiles.store import ProfileStore  # noqa: PLC0415 - only this way needs the database

    with ProfileStore.open(paths.profiles_url()) as store:
        named = [one for one in store.profiles() if one.name.casefold() == name.casefold()]
        if not named:
            names = ", ".join(one.name for one in store.profiles()) or "none yet"
            raise ProfileError(f"There is no profile {name!r}; there are: {names}.")
        entries = store.entries(named[0].id)
    rated = {one.anime_id: float(one.rating) for one in entries if one.rating is not None}
    return rated, [one.anime_id for one in entries if one.rating is None]


def _of_user(user: str, path: Path | None) -> dict[int, float]:
    from recsys.data.ratings_file import read_ratings  # noqa: PLC0415 - only this way reads a file

    if path is None:
        raise SettingsError("--user needs --ratings FILE, the file that the user is in.")
    table = read_ratings(path).interactions
    number = table.users.ids.dtype.kind == "i"
    if number and not user.lstrip("-").isdigit():
        raise DataError(f"The users of {path} are numbers; {user!r} is none.")
    row = int(table.users.find(np.array([int(user) if number else user]))[0])
    if row < 0:
        raise DataError(f"There is no user {user} in {path} ({len(table.users):,} users).")
    part = table.user_slice(row)
    ids = table.items.ids[table.columns[part]]
    return dict(zip(ids.tolist(), table.ratings[part].tolist(), strict=True))


def _as_json(bundle: Recommender, one: Recommendation) -> dict[str, Any]:
    anime = bundle.catalogue.get(one.anime_id)
    because: list[dict[str, Any]] = []
    for part in one.because:
        if part.anime_id is None:
            because.append({"anime_id": None, "term": "everybody", "share": part.share})
        else:
            because.append({"anime_id": part.anime_id, "share": part.share})
    return {
        "anime_id": one.anime_id,
        "title": anime.title if anime else str(one.anime_id),
        "genres": list(anime.genres) if anime else [],
        "score": one.score,
        "because": because,
    }


def _print_table(bundle: Recommender, found: RecommendationList) -> None:
    def title(anime_id: int | None) -> str:
        if anime_id is None:
            return "well liked by many"
        anime = bundle.catalogue.get(anime_id)
        return anime.title if anime else f"anime {anime_id}"

    table = Table("Title", "Genres", "Score", "Because", title=f"Model: {bundle.name}")
    for one in found.recommendations:
        anime = bundle.catalogue.get(one.anime_id)
        reasons = [p for p in one.because if p.share > 0][:3]
        table.add_row(
            escape(title(one.anime_id)),
            escape(", ".join(anime.genres if anime else ())),
            f"{one.score:.3f}",
            escape(", ".join(f"{title(p.anime_id)} {one.percent(p):.0f} %" for p in reasons)),
        )
    Console().print(table)
    say = console()
    if not found.personal:
        say.print("Nothing liked yet, so this is a list of what many people like.")
    if found.unknown:
        say.print(f"{len(found.unknown)} rated anime are unknown to the model and change nothing.")
    if found.hidden_adult:
        say.print(f"{found.hidden_adult} adult titles are hidden; --adult shows them.")
