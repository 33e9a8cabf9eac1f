"""Several processes that share the dimension learn what one learns alone."""

import json
import os
import subprocess
import sys
from itertools import islice

import numpy as np
import polars as pl
import pytest
import torch

from recsys.errors import SettingsError
from recsys.models.checkpoint import load_checkpoint
from recsys.paths import ROOT
from recsys.training import events
from recsys.training.distributed import SINGLE_PROCESS, ProcessGroup, join_process_group
from recsys.training.trainer import Trainer
from tests.training.divided_training import RECIPES, run
from tests.training.test_trainer import SAMPLED, recipe, two_worlds

pytestmark = pytest.mark.torchrun


def torchrun(count, *arguments):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
               f"--nproc-per-node={count}", "-m", *map(str, arguments)]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_two_processes_have_the_losses_of_one_and_resume_each_others_run(tmp_path):
    train, held = two_worlds()
    state = tmp_path / "state.safetensors"
    half = Trainer(train, recipe(SAMPLED), validation=held, state_path=state)
    stop = next(
        i for i, e in enumerate(half.run()) if isinstance(e, events.StateSaved) and e.step >= 8
    )
    state.unlink()
    half = Trainer(train, recipe(SAMPLED), validation=held, state_path=state)
    list(islice(half.run(), stop + 1))

    torchrun(2, "tests.training.divided_training", tmp_path, state)
    theirs = json.loads((tmp_path / "2.json").read_text(encoding="utf-8"))
    for name in RECIPES:
        alone, _ = run(name, SINGLE_PROCESS)
        np.testing.assert_allclose(theirs[name], alone, rtol=0, atol=1e-5, err_msg=name)
    # what one process began, two went on with, to the same end
    whole, _ = run("sampled", SINGLE_PROCESS)
    resumed = theirs["resumed"]
    assert 0 < len(resumed) < len(whole)
    np.testing.assert_allclose(resumed, whole[-len(resumed) :], rtol=0, atol=1e-5)
    # and what two finished, one reads: the state on disk is whole
    again = Trainer(train, recipe(SAMPLED), validation=held, state_path=state)
    assert again.state.step == again.steps
    assert again.model.base.shape[1] == 8


def test_torchrun_writes_the_checkpoint_that_one_process_writes(tmp_path):
    train, _ = two_worlds()
    ratings = tmp_path / "ratings.csv"
    pl.DataFrame({"user": train.rows, "item": train.columns}).write_csv(ratings)
    quick = tmp_path / "small.toml"
    quick.write_text("[model]\ndimension = 7\n[training]\nepochs = 4\n", encoding="utf-8")
    options = ["recsys", "train", "--ratings", ratings, "--preset", "paper", "--settings", quick]
    options += ["--validation", "0", "--with-users", "--precision", "32"]
    torchrun(2, *options, "--out", tmp_path / "two")
    torchrun(1, *options, "--out", tmp_path / "one")
    two, one = load_checkpoint(tmp_path / "two"), load_checkpoint(tmp_path / "one")
    np.testing.assert_allclose(two.layers, one.layers, rtol=0, atol=1e-5)
    np.testing.assert_allclose(two.user_embeddings, one.user_embeddings, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("dimension", "count"), [(64, 1), (64, 3), (7, 7), (5, 2)])
def test_the_parts_of_the_dimension_make_up_the_whole(dimension, count):
    parts = [ProcessGroup(rank, count).columns(dimension) for rank in range(count)]
    covered = [column for part in parts for column in range(part.start, part.stop)]
    assert covered == list(range(dimension))
    widths = [part.stop - part.start for part in parts]
    assert max(widths) - min(widths) <= 1


def test_more_processes_than_dimensions_are_refused():
    with pytest.raises(SettingsError, match="9 processes cannot share 8 dimensions"):
        ProcessGroup(0, 9).columns(8)


def test_alone_nothing_is_joined(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert join_process_group(torch.device("cpu")) == (SINGLE_PROCESS, torch.device("cpu"))
