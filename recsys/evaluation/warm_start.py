"""The protocol *held-out*: the LightGCN paper's all-ranking of held-out edges of known people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.protocol_report import ProtocolReport
from recsys.evaluation.ranking import ScoringModel, rank_items
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.ease import EASE, gram_matrix
from recsys.models.item_knn import ItemKNN, item_cosines
from recsys.models.popularity import Popularity
from recsys.progress import ProgressCallback, no_progress

__all__ = ["evaluate_warm_start"]

K, NEIGHBOURS, WEIGHT = 20, 200, 1000.0


def evaluate_warm_start(
    train: Interactions,
    test: Interactions,
    methods: Sequence[ScoringModel],
    *,
    progress: ProgressCallback = no_progress,
) -> ProtocolReport:
    """Measure methods and baselines on held-out likes of the training people.

    For each person with a test like, all items but their training likes are ranked; Recall@20 =
    hits / test likes, NDCG@20 against a perfect list of min(20, test likes).

    Args:
        train: training likes.
        test: held-out likes of the same people; likes of unknown people or items are left out and
            counted in the protocol.
        methods: scored beside the baselines.
        progress: told what is being done.

    Raises:
        DataError: nothing of the test likes belongs to a training person.

    Source: He et al., SIGIR 2020, section 4.1; Wang et al., SIGIR 2019 (the same protocol).
    """
    mine = test.with_items(train.items)
    mine = mine.with_users((train.users.find(mine.users.ids) >= 0) & (mine.user_degrees > 0))
    people = len(mine.users)
    if people == 0:
        raise DataError(
            "No test row is of a training person and a training item; nothing was measured. Give "
            "held-out rows of the same people, or use the protocol new-people."
        )
    known = train.users.find(mine.users.ids)
    given = _rows(train, known)

    def figures(method: ScoringModel) -> dict[str, Any]:
        progress(f"Ranking: {method.name}", 0.5)
        top = rank_items(method, given, K)
        return mean_metrics(top, mine, train.item_degrees, len(train.users))

    results: dict[str, dict[str, Any]] = {
        method.name: figures(method) for method in [*methods, Popularity(train)]
    }
    progress("Item-KNN: similarities", 0.4)
    cosines = item_cosines(train, NEIGHBOURS)
    knn = {way: figures(ItemKNN(cosines, way)) for way in ("row", "column")}
    better = max(knn, key=lambda way: knn[way][f"ndcg@{K}"])
    results["item_knn"] = {**knn[better], "neighbours_per": better}
    progress("EASE", 0.7)
    try:
        results["ease"] = {**figures(EASE(gram_matrix(train), WEIGHT)), "lambda": WEIGHT}
    except DataError as error:
        results["ease"] = {"left_out": str(error)}
    protocol = {
        "name": "held-out",
        "ranked": "all items but the person's training likes",
        "number_of_items": len(train.items),
        "training_people": len(train.users),
        "test_rows_left_out": len(test) - len(mine),
        "recall": "hits / test likes",
        "item_knn": f"{NEIGHBOURS} neighbours by cosine, the better of rows and columns",
        "ease": f"λ = {WEIGHT:g}",
    }
    progress("Done", 1.0)
    return ProtocolReport(protocol, people, results)


def _rows(table: Interactions, rows: Any) -> Interactions:
    """Return the chosen people of a table, in the order given."""
    users = table.users.take(rows)
    where = users.find(table.users.ids)[table.rows]
    keep = where >= 0
    return Interactions.from_rows(
        users, table.items, where[keep], table.columns[keep], table.ratings[keep]
    )
