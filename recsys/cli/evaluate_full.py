"""``python -m recsys evaluate --full``: the metrics of the page Evaluation, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from recsys import paths
from recsys.cli.options import print_json
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.device import training_device
from recsys.evaluation.results import EvaluationResult
from recsys.evaluation.results_io import load_evaluations, store_evaluation
from recsys.evaluation.split_settings import SplitSettings
from recsys.library.terminal_output import progress_bar
from recsys.models.checkpoint import load_checkpoint
from recsys.models.shipped_copy import readable_checkpoint, writable_checkpoint
from recsys.system_resources import default_threads

__all__ = ["evaluate_fully"]

SHOWN = ("capped_recall@20", "ndcg@20")


def evaluate_fully(
    folder: Path, ratings: Path | None, split: SplitSettings, *, again: bool, json: bool
) -> None:
    """Measure a checkpoint's settings and store the results with it; or show the stored ones.

    Args:
        folder: of the checkpoint.
        ratings: to split, or None to show what is stored.
        split: what is held out.
        again: measure even what is stored already.
        json: print one JSON object.
    """
    if ratings is None:
        folder = readable_checkpoint(folder)
        results: Sequence[EvaluationResult] = load_evaluations(folder)
    else:
        folder = writable_checkpoint(folder)
        results = [_measured(folder, ratings, split, again=again, quiet=json)]
    if json:
        evaluations = [result.to_dict() for result in results]
        print_json({"checkpoint": str(folder), "evaluations": evaluations})
        return
    if not results:
        Console().print("This model was not measured yet. Give the ratings: --ratings FILE.")
    for result in results:
        _print(result)


def _measured(
    folder: Path, ratings: Path, split: SplitSettings, *, again: bool, quiet: bool
) -> EvaluationResult:
    from recsys.training.retrain import evaluate_recipe, evaluation_name  # noqa: PLC0415 - torch, once it is needed

    model = load_checkpoint(folder)
    stored = load_evaluations(folder)
    with progress_bar(quiet=quiet) as bars:
        bar = bars.add_task("Reading", total=1.0, note="")
        catalogue = read_catalogue(paths.catalogue_path())
        file = read_ratings(ratings)  # all rows, as a training without --catalogue reads them
        name = evaluation_name(file.interactions, split)
        earlier = next((result for result in stored if result.name == name), None)
        if earlier is not None and not again:
            return earlier
        import torch  # noqa: PLC0415 - as above

        torch.set_num_threads(default_threads())
        result = evaluate_recipe(
            model, file, split, data=ratings.name, catalogue=catalogue,
            device=training_device(),
            progress=lambda step, share: bars.update(bar, description=step, completed=share),
        )  # fmt: skip
    store_evaluation(folder, result, model.card["seal"])
    return result


def _print(result: EvaluationResult) -> None:
    console = Console()
    given = list(dict.fromkeys(row["given"] for row in result.rows))
    table = Table(title=f"{result.data}, {result.users:,} people: Capped recall@20 (NDCG@20)")
    table.add_column("Method")
    for key in given:
        table.add_column(f"given {key}", justify="right")
    values = {
        (row["method"], row["given"], row["metric"]): row["value"]
        for row in result.rows
        if row["slice"] == "all"
    }
    for method in dict.fromkeys(row["method"] for row in result.rows):
        cells = (
            "{:.4f} ({:.4f})".format(*(values[method, key, metric] for metric in SHOWN))
            for key in given
        )
        table.add_row(method, *cells)
    console.print(table)
    for key, value in result.protocol.items():
        parts = value.items() if isinstance(value, Mapping) else ()
        words = "; ".join(f"{name}: {part}" for name, part in parts) or value
        console.print(f"{key.replace('_', ' ')}: {words}", highlight=False)
