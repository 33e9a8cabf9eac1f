"""``python -m recsys evaluate``: how good a checkpoint is, against what, by which protocol."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from recsys import paths
from recsys.cli.evaluate_full import evaluate_fully
from recsys.cli.options import positive_numbers, print_json
from recsys.data.ratings_file import read_ratings
from recsys.errors import SettingsError
from recsys.evaluation.split_settings import SplitSettings
from recsys.library.terminal_output import progress_bar
from recsys.models.checkpoint import load_checkpoint

__all__ = ["evaluate"]


class SplitBy(StrEnum):
    """What --full holds out: people, or what was rated last."""

    people = "people"
    time = "time"


class Protocol(StrEnum):
    """The protocols, by the names that the reports print."""

    new_people = "new-people"
    held_out = "held-out"


def evaluate(
    protocol: Annotated[
        Protocol | None, typer.Option(help="new-people or held-out, of --train and --test.")
    ] = None,
    train: Annotated[Path | None, typer.Option(help="Ratings that were trained on.")] = None,
    test: Annotated[
        Path | None, typer.Option(help="Ratings to rank: of other people, or held out.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="All that the page Evaluation shows: a twin with the same recipe is trained "
            "without the people it is tested on. Kept with the checkpoint; without --ratings what "
            "is kept there is shown.",
        ),
    ] = False,
    ratings: Annotated[
        Path | None, typer.Option(help="Ratings that the checkpoint learned from (--full).")
    ] = None,
    split: Annotated[SplitBy, typer.Option(help="What is held out (--full).")] = SplitBy.people,
    again: Annotated[
        bool, typer.Option("--again", help="Measure anew what is there already (--full).")
    ] = False,
    checkpoint: Annotated[Path | None, typer.Option(help="Checkpoint; the one that ships.")] = None,
    given: Annotated[
        str, typer.Option(help="Likes given of each person (new-people).")
    ] = "3,5,10,20",
    like_at: Annotated[
        float, typer.Option(min=1, max=10, help="A rating this high is a like.")
    ] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Draws which likes are given.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Measure a checkpoint beside Popularity, Item-KNN and EASE on the same people and anime.

    With --full beside implicit ALS and BPR-MF too: every metric, slice and layer, with intervals.
    """
    if full:
        if protocol or train or test:
            raise SettingsError(
                "--full splits --ratings itself: leave --protocol, --train and --test out. Nothing "
                "was measured."
            )
        place = checkpoint or paths.default_checkpoint()
        evaluate_fully(
            place, ratings, SplitSettings(by=split.value, seed=seed), again=again, json=json
        )
        return
    if protocol is None or train is None or test is None:
        raise SettingsError(
            "Give --protocol with --train and --test, or --full with --ratings. Nothing was "
            "measured."
        )
    numbers = positive_numbers(given, "--given")
    model = load_checkpoint(checkpoint or paths.default_checkpoint())
    with progress_bar(quiet=json) as bars:
        bar = bars.add_task("Reading", total=1.0, note="")

        def progress(what: str, share: float) -> None:
            bars.update(bar, description=what, completed=share)

        known, asked = (read_ratings(path).interactions for path in (train, test))
        from recsys.evaluation.checkpoint_models import FoldInModel, TrainedUsersModel  # noqa: PLC0415 - torch, after reading

        if protocol is Protocol.new_people:
            from recsys.evaluation.cold_start import evaluate_cold_start  # noqa: PLC0415 - as above

            report = evaluate_cold_start(
                known,
                asked,
                [FoldInModel(model)],
                given=numbers,
                like_at=like_at,
                seed=seed,
                progress=progress,
            ).to_dict()
        else:
            from recsys.evaluation.warm_start import evaluate_warm_start  # noqa: PLC0415 - as above

            method = FoldInModel(model) if model.users is None else TrainedUsersModel(model)
            likes = (known.likes(like_at), asked.likes(like_at))
            report = evaluate_warm_start(*likes, [method], progress=progress).to_dict()
    if json:
        print_json(report)
    else:
        _print_report(report)


def _print_report(report: dict[str, Any]) -> None:
    say = Console()
    table = Table(title=f"Recall@20 (NDCG@20), {report['people']:,} people")
    methods = {name: one for name, one in report["methods"].items() if "left_out" not in one}
    by_given = {name: one if "recall@20" not in one else {"": one} for name, one in methods.items()}
    table.add_column("Method")
    for n in next(iter(by_given.values())):
        table.add_column(f"{n} likes given" if n else "", justify="right")
    for name, figures in by_given.items():
        cells = [f"{one['recall@20']:.4f} ({one['ndcg@20']:.4f})" for one in figures.values()]
        table.add_row(name, *cells)
    say.print(table)
    for name, one in report["methods"].items():
        if "left_out" in one:
            say.print(f"{name}: {one['left_out']}", highlight=False)
    for key, value in report["protocol"].items():
        say.print(f"{key.replace('_', ' ')}: {value}", highlight=False)
