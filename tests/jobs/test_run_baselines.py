"""Validation metrics of a run and its baselines."""

import numpy as np
import pytest
import torch

from recsys.data.ratings_file import read_ratings
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models import item_statistics
from recsys.models.baselines import BASELINES, quick_baselines
from recsys.models.checkpoint import load_checkpoint
from recsys.models.lightgcn import LightGCN
from recsys.models.popularity import Popularity
from recsys.training import events, validation_baselines
from recsys.training.pipeline import TrainingPipeline
from recsys.training.validation import validate
from tests.jobs.runs import MANY, history, split_likes
from tests.training.test_trainer import recipe

pytestmark = pytest.mark.slow  # each test trains a model in a run folder


def test_the_popularity_baseline_equals_a_ranking_by_hand(unbroken, ratings):
    run, _, _ = unbroken
    train, held = split_likes(ratings, MANY)
    recalls, ndcgs, precisions = [], [], []
    order = sorted(range(len(train.items)), key=lambda item: (-train.item_degrees[item], item))
    for person in range(len(train.users)):
        known = set(train.columns[train.rows == person])
        wanted = set(held.columns[held.rows == person])
        if not wanted:
            continue
        shown = [item for item in order if item not in known][:20]
        ranks = [rank for rank, item in enumerate(shown) if item in wanted]
        ideal = sum(1 / np.log2(rank + 2) for rank in range(min(20, len(wanted))))
        recalls.append(len(ranks) / len(wanted))
        precisions.append(len(ranks) / 20)
        ndcgs.append(sum(1 / np.log2(rank + 2) for rank in ranks) / ideal)
    line = history(run).baselines["popularity"]
    assert line["metrics"] == pytest.approx(
        {
            "precision@20": np.mean(precisions),
            "recall@20": np.mean(recalls),
            "ndcg@20": np.mean(ndcgs),
        },
        rel=1e-6,
    )


def test_all_quick_baselines_are_in_the_history_with_their_parameters(unbroken):
    run, _, _ = unbroken
    baselines = history(run).baselines
    assert set(baselines) == set(quick_baselines())
    for event in baselines.values():
        assert set(event["metrics"]) == set(history(run).best.metrics)
        assert event["told"]
        assert 0 < event["metrics"]["ndcg@20"] <= 1
    # where taste divides the world, who knows of it beats who only counts
    popular = baselines["popularity"]["metrics"]["ndcg@20"]
    assert baselines["ease"]["metrics"]["ndcg@20"] > popular
    assert history(run).best.metrics["ndcg@20"] > popular


def test_model_and_baselines_are_evaluated_by_the_same_code(ratings, monkeypatch):
    """The same scores give the same figures, whether a model or a baseline gave them."""
    train, held = split_likes(ratings, MANY)
    torch.manual_seed(3)
    pipeline = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    next(pipeline.run())
    model = LightGCN(pipeline.trainer.model.graph, recipe(MANY).model, torch.randn(100, 8))
    users, items = (part.detach().numpy() for part in model())
    people = held.user_degrees > 0

    class Alike(Popularity):
        first = 0
        scores = (users[people] @ items.T).astype(np.float32)

        def _score(self, histories):
            self.first += histories.shape[0]
            return self.scores[self.first - histories.shape[0] : self.first]

    monkeypatch.setitem(BASELINES, "popularity", Alike)
    (line,) = validation_baselines.validation_baselines(train, held, ["popularity"])
    assert line.metrics == pytest.approx(validate(model, train, held), rel=1e-6)


def test_the_best_metrics_can_be_computed_again_from_its_snapshot(unbroken, ratings):
    """The figures of the journal can be had again from the model that is on disk."""
    run, _, _ = unbroken
    best = history(run).best
    pipeline = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    for event in pipeline.run():
        if isinstance(event, events.Evaluated) and event.step == best.step:
            break
    kept = load_checkpoint(run.snapshot(best.step))
    assert np.array_equal(kept.layers, pipeline.snapshot().layers)
    train, held = split_likes(ratings, MANY)
    assert validate(pipeline.trainer.model, train, held) == best.metrics


def test_ease_is_left_out_with_a_reason_where_memory_is_short(unbroken, ratings, monkeypatch):
    monkeypatch.setattr(item_statistics, "free_memory", lambda: 1000)
    (line,) = validation_baselines.validation_baselines(*split_likes(ratings, MANY), ["ease"])
    assert line.metrics == {}
    assert "left out" in line.told


def test_metrics_of_few_items_keep_the_names_at_twenty(ratings):
    """Fewer anime than ranks on the list: the names on the page stay."""
    train, held = split_likes(ratings, MANY)
    few = train.items.take(np.arange(12))
    (line,) = validation_baselines.validation_baselines(
        train.with_items(few), held.with_items(few), ["popularity"]
    )
    assert set(line.metrics) == {"precision@20", "recall@20", "ndcg@20"}
    top = np.zeros((len(held.users), 12), dtype=np.int64)
    assert "ndcg@12" in mean_metrics(top, held.with_items(few))
