"""Server for ``benchmarks.step``: RecBole's LightGCN, in a process with its own environment.

RecBole 1.2.1 needs numpy < 2 and scipy < 1.13, so it cannot be installed beside this project.
``benchmarks.step`` starts this file with the Python of RecBole's environment. Input: a folder with
the graph, the initial embeddings and the triples of each step, then one step number per line.
Output: one line per step with the loss and the milliseconds. Model, loss, regulariser and adjacency
are RecBole's.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from recbole.model.general_recommender.lightgcn import LightGCN
from scipy.sparse import coo_matrix

USER, ITEM, NEGATIVE = "user_id", "item_id", "neg_"


class Dataset:
    """The part of RecBole's data set interface that its LightGCN uses."""

    def __init__(self, matrix: coo_matrix) -> None:
        self.matrix = matrix

    def num(self, field: str) -> int:
        """Return the number of users or of items."""
        return int(self.matrix.shape[0 if field == USER else 1])

    def inter_matrix(self, form: str) -> coo_matrix:
        """Return the interactions."""
        return self.matrix.asformat(form)


def main() -> None:
    """Build the model, print the time of the adjacency, and run steps until the input ends."""
    folder, threads, l2, rate = Path(sys.argv[1]), *map(float, sys.argv[2:5])
    torch.set_num_threads(int(threads))
    rows, columns = np.load(folder / "rows.npy"), np.load(folder / "columns.npy")
    base, triples = torch.from_numpy(np.load(folder / "base.npy")), np.load(folder / "triples.npy")
    users = int(np.load(folder / "users.npy"))
    shape = (users, base.shape[0] - users)
    matrix = coo_matrix((np.ones(rows.size, np.float32), (rows, columns)), shape)
    config = {
        "USER_ID_FIELD": USER, "ITEM_ID_FIELD": ITEM, "NEG_PREFIX": NEGATIVE, "device": "cpu",
        "embedding_size": base.shape[1], "n_layers": 3, "reg_weight": l2, "require_pow": True,
    }  # fmt: skip
    model = LightGCN(config, Dataset(matrix))
    built = []
    for _ in range(3):
        began = time.perf_counter()
        model.get_norm_adj_mat()
        built.append((time.perf_counter() - began) * 1000)
    with torch.no_grad():
        model.user_embedding.weight.copy_(base[:users])
        model.item_embedding.weight.copy_(base[users:])
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    print(json.dumps({"adjacency": built}), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        user, positive, negative = (torch.from_numpy(part) for part in triples[int(line)])
        batch = {USER: user, ITEM: positive - users, NEGATIVE + ITEM: negative - users}
        optimizer.zero_grad()
        loss = model.calculate_loss(batch)
        loss.backward()
        value = loss.item()
        optimizer.step()
        taken = (time.perf_counter() - began) * 1000
        print(json.dumps({"loss": value, "milliseconds": taken}), flush=True)


if __name__ == "__main__":
    main()
