"""Golden outputs: what each command prints for fixed inputs, and the losses of each preset.

``python -m tests.golden.commands`` writes ``expected.json`` anew. The test compares a fresh
capture with that file. The ratings are synthetic people of the demo community.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

FOLDER = Path(__file__).resolve().parent
EXPECTED = FOLDER / "expected.json"
RATINGS = FOLDER / "ratings.csv"
PRESETS = ("benchmark", "full", "pair", "paper", "predecessor", "quick", "standard")
PROFILES = ("Space opera", "Quiet life", "Only dislikes")
LOSS_STEPS = 10


def call(*words: object) -> str:
    """Run one command of the CLI in this process and return its standard output.

    The environment is restored: a command may set thread limits, which later tests must not see.
    """
    from recsys.cli.app import main

    out = io.StringIO()
    arguments = mock.patch.object(sys, "argv", ["recsys", *map(str, words)])
    environment = mock.patch.dict(os.environ)
    try:
        with arguments, environment, contextlib.redirect_stdout(out):
            main()
    except SystemExit as stop:
        if stop.code:
            raise AssertionError(f"{words} ended with {stop.code}: {out.getvalue()}") from None
    return out.getvalue()


def call_json(*words: object) -> Any:
    """Run one command with ``--json`` and return the parsed output."""
    return json.loads(call(*words, "--json"))


def split_ratings(folder: Path) -> tuple[Path, Path]:
    """Write the first two thirds of the people to one file and the others to another."""
    header, *lines = RATINGS.read_text().splitlines()
    people = list(dict.fromkeys(line.split(",")[0] for line in lines))
    known = set(people[: 2 * len(people) // 3])
    train, test = folder / "train.csv", folder / "test.csv"
    train.write_text("\n".join([header, *(x for x in lines if x.split(",")[0] in known)]) + "\n")
    test.write_text("\n".join([header, *(x for x in lines if x.split(",")[0] not in known)]) + "\n")
    return train, test


def held_out_ratings(folder: Path) -> tuple[Path, Path]:
    """Hold out every seventh rating of each person."""
    header, *lines = RATINGS.read_text().splitlines()
    train, test = folder / "edges-train.csv", folder / "edges-test.csv"
    train.write_text("\n".join([header, *(x for i, x in enumerate(lines) if i % 7)]) + "\n")
    test.write_text("\n".join([header, *(x for i, x in enumerate(lines) if i % 7 == 0)]) + "\n")
    return train, test


def settings_file(folder: Path, name: str, **training: object) -> Path:
    """Write settings that make a preset small."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"model": {"dimension": 16}, "training": training}))
    return path


def preset_losses(folder: Path, preset: str) -> list[float]:
    """Return the losses of the first steps of a preset on the golden ratings."""
    small = settings_file(
        folder, f"losses-{preset}", steps=LOSS_STEPS, evaluate_steps=LOSS_STEPS, seed=5, batch=64
    )
    run = folder / f"run-{preset}"
    call(
        "train", "--ratings", RATINGS, "--out", folder / f"model-{preset}", "--preset", preset,
        "--settings", small, "--device", "cpu", "--threads", 1, "--validation", 0,
        "--run-folder", run, "--json",
    )  # fmt: skip
    lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == LOSS_STEPS, lines
    return losses


def trained(folder: Path) -> tuple[Any, Path]:
    """Train a small model in a run folder; return the printed JSON and the checkpoint folder."""
    small = settings_file(folder, "small", epochs=6, evaluate_every=2, seed=3)
    out = folder / "model"
    printed = call_json(
        "train", "--ratings", RATINGS, "--out", out, "--preset", "quick", "--settings", small,
        "--validation", 0.1, "--with-users", "--precision", 32, "--device", "cpu", "--threads", 1,
        "--run-folder", folder / "run",
        "--name", "Golden",
    )  # fmt: skip
    return printed, out


def capture(folder: Path) -> dict[str, Any]:
    """Return every golden output; files are written below ``folder``."""
    os.environ["ANIME_LOCAL"] = str(folder / "local")
    outputs: dict[str, Any] = {}
    outputs["losses"] = {preset: preset_losses(folder, preset) for preset in PRESETS}
    outputs["train"], model = trained(folder)
    outputs["runs show"] = call_json("runs", "show", folder / "run")
    outputs["recommend liked"] = [
        call_json("recommend", "--liked", liked, "--top", 10)
        for liked in ("1,457,9253", "5114,30276", "32281,4224,2167,9989")
    ]
    database = folder / "profiles.sqlite"
    shutil.copy(FOLDER / "profiles.sqlite", database)
    os.environ["ANIME_PROFILES_URL"] = f"sqlite:///{database}"
    outputs["recommend profile"] = {
        name: call_json("recommend", "--profile", name, "--top", 10) for name in PROFILES
    }
    outputs["recommend user"] = call_json(
        "recommend", "--checkpoint", model, "--ratings", RATINGS, "--user",
        RATINGS.read_text().splitlines()[1].split(",")[0],
    )  # fmt: skip
    train, test = split_ratings(folder)
    outputs["evaluate new-people, the model that ships"] = call_json(
        "evaluate", "--protocol", "new-people", "--train", train, "--test", test,
        "--given", "3,5,10",
    )  # fmt: skip
    train, test = held_out_ratings(folder)
    outputs["evaluate held-out"] = call_json(
        "evaluate", "--protocol", "held-out", "--train", train, "--test", test,
        "--checkpoint", model,
    )  # fmt: skip
    outputs["evaluate full"] = call_json(
        "evaluate", "--full", "--ratings", RATINGS, "--checkpoint", model
    )
    outputs["data check"] = call_json("data", "check", FOLDER)
    call("data", "store", RATINGS, folder / "stored")
    outputs["data check stored"] = sorted(x.name for x in (folder / "stored").iterdir())
    outputs["project"] = call_json("project", "--checkpoint", model, "--ratings", RATINGS)
    return outputs


def without(value: Any, drop: Callable[[str], bool]) -> Any:
    """Return JSON without the keys that ``drop`` names, at any depth."""
    if isinstance(value, dict):
        return {k: without(v, drop) for k, v in value.items() if not drop(k)}
    if isinstance(value, list):
        return [without(v, drop) for v in value]
    return value


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        text = json.dumps(capture(Path(name)), indent=1, ensure_ascii=False)
        EXPECTED.write_text(text.replace(str(FOLDER), "GOLDEN").replace(name, "TMP") + "\n")
