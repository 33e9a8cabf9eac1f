"""Train the small recipes as one of several processes, and write what happened.

Started by torchrun with a folder: each recipe's losses go to ``<recipe>-<processes>.json``; with a
second argument a run of the recipe ``sampled`` is resumed from, or stopped into, that state file.
"""

import json
import sys
from pathlib import Path

import torch

from recsys.training import events
from recsys.training.distributed import join_process_group
from recsys.training.trainer import Trainer
from tests.training.test_trainer import BPR, SAMPLED, SOFTMAX, recipe, two_worlds

RECIPES = {"bpr": BPR, "softmax": SOFTMAX, "sampled": SAMPLED}


def run(name, group, **more):
    """Return losses, gradient norms and validation NDCG of a run, a row a step."""
    train, held = two_worlds()
    trainer = Trainer(train, recipe(RECIPES[name]), validation=held, process_group=group, **more)
    rows = [
        (event.loss, event.gradient_norm)
        if isinstance(event, events.StepCompleted)
        else (event.metrics["ndcg@20"], 0)
        for event in trainer.run()
        if isinstance(event, events.StepCompleted | events.Evaluated)
    ]
    return rows, trainer.best()


def main():
    """Run every recipe, and a run in two halves where a state file is given."""
    folder, state = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    group, _ = join_process_group(torch.device("cpu"))
    curves = {name: run(name, group)[0] for name in RECIPES}
    if state:
        curves["resumed"] = run("sampled", group, state_path=state[0])[0]
    if group.rank == 0:
        (folder / f"{group.size}.json").write_text(json.dumps(curves), encoding="utf-8")
    group.close()


if __name__ == "__main__":
    main()
