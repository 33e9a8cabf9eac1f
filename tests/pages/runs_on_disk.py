"""Run folders made by hand, in every state that a run can be in."""

import json

from recsys.config import load_settings
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_registry import RunRegistry
from recsys.paths import demo_ratings_path

STARTED = {"event": "started", "step": 0, "steps": 40, "users": 10, "items": 9, "edges": 50,
           "parameters": 1216, "device": "cpu"}  # fmt: skip


def lines(steps, part="search", look_every=10, metrics=True):
    """Return the events of so many steps."""
    told = [{**STARTED, "part": part, "at": 1000.0}]
    for step in range(1, steps + 1):
        told.append(
            {"event": "progress", "step": step, "epoch": step / 10, "loss": 8 - step / 20,
             "gradient_norm": 1.0, "learning_rate": 0.05, "seconds": 0.05, "part": part,
             "at": 1000.0 + step / 20}
        )  # fmt: skip
        if step % look_every == 0:
            figures = {"precision@20": 0.1, "recall@20": 0.2, "ndcg@20": 0.1 + step / 1000}
            told.append(
                {"event": "evaluated", "step": step, "metrics": figures if metrics else {},
                 "best": True, "part": part, "at": 1000.0 + step / 20}
            )  # fmt: skip
    return told


def ended(event, part="final", **more):
    """Return the event that ends a run."""
    return {"event": event, "step": 40, "best_step": 40, "part": part, "at": 1003.0, **more}


def made(events=(), name="Evening run", preset="quick", **config):
    """Make a run in the default place, with a journal."""
    wanted = RunConfig(
        ratings=demo_ratings_path(), data="Demo community (synthetic)", preset=preset,
        settings=load_settings(preset, overrides=config.pop("overrides", None)), **config,
    )  # fmt: skip
    run = RunRegistry.default().create(wanted, RunMetadata(name=name))
    run.events.write_text("".join(json.dumps(one) + "\n" for one in events))
    return run
