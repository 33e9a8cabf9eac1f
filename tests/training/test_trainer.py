"""The trainer: learns, resumes bit for bit, stops early, and ends a bad run with a reason."""

import math

import numpy as np
import pytest
import torch

from recsys.config import Settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import TrainingError
from recsys.models.negative_sampling import NegativeSampler
from recsys.training import events
from recsys.training.state import State
from recsys.training.trainer import Trainer

SOFTMAX = {
    "loss": "softmax", "batch": 16, "activity_weight": 0.5, "l2": 0.01, "l2_by_degree": True,
    "edge_dropout": 0.3, "dropout_in": "history", "learning_rate": 0.05, "schedule": "cosine",
    "epochs": 6, "evaluate_every": 1,
}  # fmt: skip
BPR = {
    "loss": "bpr", "batch": 64, "l2": 1e-4, "learning_rate": 0.01, "node_dropout": 0.1,
    "hard_pool": 3, "epochs": 6, "evaluate_every": 1,
}  # fmt: skip
SAMPLED = {**SOFTMAX, "negatives": 8, "edge_dropout": 0.0}


def recipe(training, **model):
    return Settings.model_validate(
        {"model": {"dimension": 8, "layers": 2, **model}, "training": training}
    )


def two_worlds(seed=0, people=60, anime=40, each=8):
    """Half of the people like the first half of the anime, half the second; split in two parts."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(people), each)
    half = anime // 2
    columns = np.concatenate(
        [rng.permutation(half)[:each] + (half if u % 2 else 0) for u in range(people)]
    )
    held = np.arange(rows.size) % each == 0
    users, items = IdMap(np.arange(people)), IdMap(np.arange(anime))
    return tuple(
        Interactions.from_rows(users, items, rows[part], columns[part]) for part in (~held, held)
    )


def curve(happened):
    return [
        (e.step, e.loss, e.gradient_norm) for e in happened if isinstance(e, events.StepCompleted)
    ]


@pytest.mark.parametrize("training", [SOFTMAX, SAMPLED, BPR], ids=["softmax", "sampled", "bpr"])
def test_a_resumed_run_has_the_very_bits_of_an_unbroken_one(tmp_path, training):
    train, held = two_worlds()
    unbroken = Trainer(train, recipe(training), validation=held)
    whole = list(unbroken.run())
    path = tmp_path / "state.safetensors"
    first = Trainer(train, recipe(training), validation=held, state_path=path)
    steps = unbroken.steps // 3
    before = list(first.run(lambda: first.state.step >= steps))
    assert isinstance(before[-1], events.Cancelled)
    second = Trainer(train, recipe(training), validation=held, state_path=path)
    after = list(second.run())
    assert curve(before) + curve(after) == curve(whole)
    assert torch.equal(second.model.base, unbroken.model.base)
    assert torch.equal(second.state.best, unbroken.state.best)
    assert second.state.best_step == unbroken.state.best_step
    assert whole[-1] == after[-1]


@pytest.mark.parametrize("training", [SOFTMAX, SAMPLED, BPR], ids=["softmax", "sampled", "bpr"])
def test_it_learns_which_half_of_the_world_a_person_likes(training):
    train, held = two_worlds()
    trainer = Trainer(train, recipe({**training, "epochs": 30}), validation=held)
    happened = list(trainer.run())
    losses = [loss for _, loss, _ in curve(happened)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    best = max(e.metrics["ndcg@20"] for e in happened if isinstance(e, events.Evaluated))
    # a person's half holds 20 anime, 7 of them known: all of the other 13 stand in the first 20
    assert best > 0.3
    assert trainer.state.best_ndcg == best


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    train, _ = two_worlds()
    bases = []
    for seed in (1, 1, 2):
        trainer = Trainer(train, recipe({**SOFTMAX, "seed": seed}))
        list(trainer.run())
        bases.append(trainer.state.best)
    assert torch.equal(bases[0], bases[1])
    assert not torch.equal(bases[0], bases[2])


def test_bpr_drives_positives_above_negatives():
    """The sign that one of the replaced systems had wrong: its scores drifted without bound."""
    train, _ = two_worlds()
    trainer = Trainer(train, recipe({**BPR, "node_dropout": 0.0, "epochs": 40}))
    losses = [loss for _, loss, _ in curve(trainer.run())]
    assert losses[0] == pytest.approx(math.log(2), abs=0.05)
    assert 0 < losses[-1] < 0.4
    users, items = trainer.model()
    negatives = NegativeSampler(train).draw(train.rows.astype(np.int64), np.random.default_rng(0))[
        :, 0
    ]
    positive = (users[train.rows.astype(np.int64)] * items[train.columns.astype(np.int64)]).sum(1)
    negative = (users[train.rows.astype(np.int64)] * items[negatives]).sum(1)
    assert (positive > negative).float().mean() > 0.9


def test_early_stop_keeps_the_best_and_says_why():
    train, held = two_worlds()
    trainer = Trainer(
        train, recipe({**SOFTMAX, "epochs": 200, "patience": 3, "l2": 0.0}), validation=held
    )
    happened = list(trainer.run())
    finished = happened[-1]
    evaluations = [e for e in happened if isinstance(e, events.Evaluated)]
    assert isinstance(finished, events.Finished)
    assert finished.reason == "no better NDCG@20 in 3 evaluations"
    assert finished.step < trainer.steps
    assert finished.best_step == [e for e in evaluations if e.best][-1].step
    assert [e.best for e in evaluations[-3:]] == [False] * 3


def test_fewer_steps_follow_the_same_curve():
    train, _ = two_worlds()
    whole = curve(Trainer(train, recipe(SOFTMAX)).run())
    part = curve(Trainer(train, recipe(SOFTMAX), steps=7).run())
    assert part == whole[:7]


def test_a_number_gone_wrong_ends_the_run_with_the_last_good_model_kept():
    train, held = two_worlds()
    trainer = Trainer(train, recipe(SOFTMAX), validation=held)
    running = trainer.run()
    for event in running:
        if isinstance(event, events.Evaluated):
            good = trainer.state.best.clone()
            with torch.no_grad():
                trainer.model.base[0, 0] = torch.nan
            break
    last = list(running)[-1]
    assert isinstance(last, events.Failed)
    assert "finite" in last.reason
    assert last.kept_step == event.step
    assert torch.equal(trainer.model.base, good)
    assert torch.isfinite(trainer.model.base).all()


def test_divergence_ends_the_run_with_a_reason():
    train, _ = two_worlds()
    wild = recipe({**SOFTMAX, "learning_rate": 10, "schedule": "constant", "epochs": 50})
    last = list(Trainer(train, wild).run())[-1]
    assert isinstance(last, events.Failed)
    assert "diverged" in last.reason
    assert "learning rate" in last.reason


def test_the_events_come_in_order_and_are_plain_json():
    train, held = two_worlds()
    happened = [e.to_dict() for e in Trainer(train, recipe(SOFTMAX), validation=held).run()]
    names = [e["event"] for e in happened]
    assert names[0] == "started"
    assert names[-1] == "finished"
    assert names.count("progress") == happened[0]["steps"]
    assert set(names) == {"started", "progress", "evaluated", "finished"}


def test_nothing_to_learn_from_is_said_at_once():
    empty = two_worlds()[0].where(np.zeros(420, dtype=bool))
    with pytest.raises(TrainingError, match="no like"):
        Trainer(empty, recipe(SOFTMAX))


def test_a_state_of_other_settings_is_kept_and_refused(tmp_path):
    train, held = two_worlds()
    path = tmp_path / "state.safetensors"
    list(Trainer(train, recipe(SOFTMAX), validation=held, state_path=path).run())
    before = path.read_bytes()
    with pytest.raises(TrainingError, match="other data or settings"):
        Trainer(train, recipe(BPR), validation=held, state_path=path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a state", None])
def test_a_torn_state_is_named(tmp_path, content):
    path = tmp_path / "state.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"state\.safetensors"):
        State.load(path)


@pytest.mark.parametrize("batch", [1, 2, 7], ids=["each like alone", "pairs", "a last batch"])
def test_batches_without_a_usable_pair_do_not_end_a_training(batch):
    """User 0 likes every item, so no like of user 0 has a negative."""
    rows, columns = [0] * 6 + [1, 1, 2, 2], [*range(6), 0, 1, 0, 1]
    train = Interactions.from_rows(
        IdMap(np.arange(3)), IdMap(np.arange(6)), np.array(rows), np.array(columns)
    )
    trainer = Trainer(train, recipe({**BPR, "batch": batch, "epochs": 20, "patience": 0}))
    happened = list(trainer.run())
    assert isinstance(happened[-1], events.Finished)
    losses = [loss for _, loss, _ in curve(happened)]
    assert len(losses) == trainer.steps
    assert np.isfinite(losses).all()
    assert trainer.state.first_loss > 0
    assert bool(torch.isfinite(trainer.model.base).all())
    if batch < 7:
        assert 0.0 in losses
