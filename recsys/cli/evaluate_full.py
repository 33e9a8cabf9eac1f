"""``python -m recsys evaluate --full``: the figures of the page Evaluation, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from recsys import paths
from recsys.cli.options import print_json
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.device import choose_device
from recsys.evaluation.results_io import EvaluationResult, load_evaluations, store_evaluation
from recsys.evaluation.split_settings import SplitSettings
from recsys.library.terminal_output import progress_bar
from recsys.models.checkpoint import load_checkpoint
from recsys.system_resources import default_threads

__all__ = ["evaluate_fully"]

SHOWN = ("recall@20", "ndcg@20")


def evaluate_fully(
    folder: Path, ratings: Path | None, split: SplitSettings, *, again: bool, json: bool
) -> None:
    """Measure a checkpoint's recipe and keep the figures with it; or show those that are kept.

    Args:
        folder: of the checkpoint.
        ratings: to split, or none to show what is there.
        split: what is held out.
        again: measure even what was measured before.
        json: print one JSON object.
    """
    if ratings is None:
        found: Sequence[EvaluationResult] = load_evaluations(folder)
    else:
        found = [_measured(folder, ratings, split, again=again, quiet=json)]
    if json:
        print_json({"checkpoint": str(folder), "evaluations": [one.to_dict() for one in found]})
        return
    if not found:
        Console().print("Nothing was measured of this model yet. Give the ratings: --ratings FILE.")
    for one in found:
        _print(one)


def _measured(
    folder: Path, ratings: Path, split: SplitSettings, *, again: bool, quiet: bool
) -> EvaluationResult:
    from recsys.training.retrain import evaluate_recipe, evaluation_name  # noqa: PLC0415 - torch, once it is needed

    model = load_checkpoint(folder)
    kept = load_evaluations(folder)
    with progress_bar(quiet=quiet) as bars:
        bar = bars.add_task("Reading", total=1.0, note="")
        catalogue = read_catalogue(paths.catalogue_path())
        file = read_ratings(ratings)  # all rows, as a training without --catalogue reads them
        name = evaluation_name(file.interactions, split)
        before = next((one for one in kept if one.name == name), None)
        if before is not None and not again:
            return before
        import torch  # noqa: PLC0415 - as above

        torch.set_num_threads(default_threads())
        found = evaluate_recipe(
            model, file, split, data=ratings.name, catalogue=catalogue,
            device=choose_device().type,
            progress=lambda what, share: bars.update(bar, description=what, completed=share),
        )  # fmt: skip
    store_evaluation(folder, found, model.card["seal"])
    return found


def _print(found: EvaluationResult) -> None:
    say = Console()
    given = list(dict.fromkeys(one["given"] for one in found.figures))
    table = Table(title=f"{found.data}, {found.people:,} people: Recall@20 (NDCG@20)")
    table.add_column("Method")
    for one in given:
        table.add_column(f"given {one}", justify="right")
    value = {
        (one["method"], one["given"], one["metric"]): one["value"]
        for one in found.figures
        if one["slice"] == "all"
    }
    for method in dict.fromkeys(one["method"] for one in found.figures):
        cells = ("{:.4f} ({:.4f})".format(*(value[method, one, metric] for metric in SHOWN))
                 for one in given)  # fmt: skip
        table.add_row(method, *cells)
    say.print(table)
    for key, told in found.protocol.items():
        parts = told.items() if isinstance(told, Mapping) else ()
        words = "; ".join(f"{name}: {one}" for name, one in parts) or told
        say.print(f"{key.replace('_', ' ')}: {words}", highlight=False)
