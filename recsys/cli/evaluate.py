"""``python -m recsys evaluate``: a checkpoint's metrics beside baselines, with their protocol."""

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
from recsys.defaults import GIVEN_LIKES, LIKE_THRESHOLD, SEED
from recsys.errors import SettingsError
from recsys.evaluation.split_settings import SplitSettings
from recsys.library.terminal_output import progress_bar
from recsys.models.checkpoint import load_checkpoint

__all__ = ["evaluate"]


class SplitBy(StrEnum):
    """What --full holds out: people, or the last ratings."""

    people = "people"
    time = "time"


class Protocol(StrEnum):
    """The protocols: the names that the reports print, and the terms of the field."""

    new_people = "new-people"
    held_out = "held-out"
    cold_start_users = "cold-start-users"
    warm_start_users = "warm-start-users"


def evaluate(
    protocol: Annotated[
        Protocol | None,
        typer.Option(
            help="new-people (also cold-start-users): people who were never trained on. held-out "
            "(also warm-start-users): held-out ratings of training people. With --train and --test."
        ),
    ] = None,
    train: Annotated[Path | None, typer.Option(help="Ratings that were trained on.")] = None,
    test: Annotated[
        Path | None, typer.Option(help="Ratings to rank: of other people, or held out.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="All that the page Evaluation shows: a model with the same settings is retrained "
            "without the test people, and so is softmax MF. Stored with the checkpoint; without "
            "--ratings the stored results are shown.",
        ),
    ] = False,
    ratings: Annotated[
        Path | None, typer.Option(help="Ratings that the checkpoint was trained on (--full).")
    ] = None,
    split: Annotated[SplitBy, typer.Option(help="What is held out (--full).")] = SplitBy.people,
    again: Annotated[
        bool, typer.Option("--again", help="Measure again what is stored already (--full).")
    ] = False,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint; by default the shipped one.")
    ] = None,
    given: Annotated[
        str, typer.Option(help="Numbers of likes to give of each person (new-people).")
    ] = ",".join(map(str, GIVEN_LIKES)),
    like_at: Annotated[
        float, typer.Option(min=1, max=10, help="A rating of this value or more is a like.")
    ] = LIKE_THRESHOLD,
    seed: Annotated[int, typer.Option(min=0, help="Draws which likes are given.")] = SEED,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Measure a checkpoint beside Popularity, Item-KNN and EASE on the same people and anime.

    With --full also beside softmax MF, implicit ALS, BPR-MF and FastRP: every metric and slice,
    with 95 % intervals.
    """
    if full:
        if protocol or train or test:
            raise SettingsError(
                "--full splits --ratings itself: leave --protocol, --train and --test out. Nothing "
                "was measured."
            )
        folder = checkpoint or paths.default_checkpoint()
        evaluate_fully(
            folder, ratings, SplitSettings(by=split.value, seed=seed), again=again, json=json
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
        train_ratings, test_ratings = (read_ratings(path).interactions for path in (train, test))
        from recsys.evaluation.evaluate_model import evaluate_on_split  # noqa: PLC0415 - scipy, after reading
        from recsys.evaluation.splits import cold_start_split, warm_start_split  # noqa: PLC0415 - as above

        if protocol in {Protocol.new_people, Protocol.cold_start_users}:
            evaluation_split = cold_start_split(
                train_ratings, test_ratings, given=numbers, like_threshold=like_at, seed=seed
            )
        else:
            evaluation_split = warm_start_split(train_ratings, test_ratings, like_threshold=like_at)
        report = evaluate_on_split(
            model,
            evaluation_split,
            seed=seed,
            progress=lambda description, share: bars.update(
                bar, description=description, completed=share
            ),
        ).to_report()
    if json:
        print_json(report)
    else:
        _print_report(report)


def _print_report(report: dict[str, Any]) -> None:
    console, k = Console(), report["protocol"]["k"]
    given = report["protocol"]["given"]
    nested = isinstance(given, list)
    recall = f"capped_recall@{k}" if nested else f"recall@{k}"
    title = recall.replace("_", " ").capitalize()
    table = Table(title=f"{title} (NDCG@{k}), {report['people']:,} people")
    table.add_column("Method")
    for n in given if nested else [""]:
        table.add_column(f"{n} likes given" if n else "", justify="right")
    measured = {
        method: metrics
        for method, metrics in report["methods"].items()
        if "left_out" not in metrics
    }
    for method, metrics in measured.items():
        cells = metrics.values() if nested else [metrics]
        table.add_row(method, *(f"{cell[recall]:.4f} ({cell[f'ndcg@{k}']:.4f})" for cell in cells))
    console.print(table)
    for method, metrics in report["methods"].items():
        if "left_out" in metrics:
            console.print(f"{method}: {metrics['left_out']}", highlight=False)
    for key, value in report["protocol"].items():
        if key not in report["methods"] and key != "methods":
            console.print(f"{key.replace('_', ' ')}: {value}", highlight=False)
    for method, settings in report["protocol"]["methods"].items():
        console.print(f"{method}: {settings}", highlight=False)
