"""Evaluation in a real browser: look, choose, measure a run of one's own in the background."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from recsys.config import load_settings
from recsys.data.catalogue import Catalogue
from recsys.evaluation.results_io import load_evaluations
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_executor import execute_run
from recsys.jobs.run_folder import RunFolder
from recsys.paths import catalogue_path, default_checkpoint
from recsys.profiles.store import ProfileStore
from scripts.browse import open_page
from tests.evaluation.test_protocols import people

WAIT = 30_000
SMALL = {
    "model": {"dimension": 8},
    "training": {"epochs": 6, "evaluate_every": 2, "batch": 64, "patience": 0},
}
POINTS = """(name) => {
  const charts = [...document.querySelectorAll('.js-plotly-plot')];
  const trace = charts.flatMap((one) => one.data).find((one) => one.name === name);
  return trace && Array.from(trace.y);
}"""


def ratings(path):
    """Write people of two tastes, over anime that the catalogue knows."""
    table, known = people(300, 0), Catalogue.load(catalogue_path())
    ids = known.ids.ids[np.argsort(-known.members)][: len(table.items)]
    rows = zip(table.rows, ids[table.columns], table.ratings, strict=True)
    lines = [f"u{user},{anime},{rating:.0f}" for user, anime, rating in rows]
    path.write_text("\n".join(["user,anime_id,rating", *lines]) + "\n")
    return path


@pytest.mark.timeout(300)
def test_look_choose_and_measure_a_run_of_ones_own(chromium, server, tmp_path):
    config = RunConfig(
        ratings=ratings(tmp_path / "ratings.csv"), data="Two tastes", preset="quick",
        settings=load_settings("quick", overrides=SMALL), validation=0, baselines=False,
    )  # fmt: skip
    run = RunFolder.create(tmp_path / "runs" / "20261125-1-mine", config, RunMetadata(name="Mine"))
    execute_run(run)
    with ProfileStore.open(f"sqlite:///{tmp_path / 'profiles.sqlite'}") as store:
        profile = store.create("Me").id
        store.rate_many(profile, {1: 9, 5114: 10, 9253: 9, 457: 8})
    page = open_page(chromium, f"{server.url}/evaluation?profile={profile}", height=1800)

    expect(page.get_by_text("446 people")).to_be_visible(timeout=WAIT)
    page.wait_for_function(f"({POINTS})('LightGCN')?.length === 4", timeout=WAIT)
    [shipped] = load_evaluations(default_checkpoint())
    wanted = {
        metric: [
            row["value"] for row in shipped.rows
            if (row["method"], row["slice"], row["metric"]) == ("lightgcn", "all", metric)
        ]
        for metric in ("ndcg@20", "capped_recall@20")
    }  # fmt: skip
    assert page.evaluate(POINTS, "LightGCN") == wanted["ndcg@20"]
    page.get_by_role("radio", name="Capped recall@20").click()
    page.wait_for_function(
        f"(wanted) => JSON.stringify(({POINTS})('LightGCN')) === wanted",
        arg=json.dumps(wanted["capped_recall@20"], separators=(",", ":")), timeout=WAIT,
    )  # fmt: skip

    page.locator(".st-key-model").get_by_role("combobox").click()
    page.get_by_role("option", name="Mine").click()
    expect(page.get_by_text("Mine is not evaluated yet")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_text("Evaluating Mine")).to_be_visible(timeout=WAIT)
    page.reload()  # the work does not depend on the page
    expect(page.get_by_text("30 people of Two tastes")).to_be_visible(timeout=120_000)
    [mine] = load_evaluations(run.checkpoint)
    page.wait_for_function(f"({POINTS})('EASE')?.length === 4", timeout=WAIT)
    assert page.evaluate(POINTS, "EASE") == [
        row["value"] for row in mine.rows
        if (row["method"], row["slice"], row["metric"]) == ("ease", "all", "ndcg@20")
    ]  # fmt: skip

    page.get_by_role("radio", name="On me").click()
    expect(page.get_by_text("Of 4 likes of mine")).to_be_visible(timeout=WAIT)
    page.context.close()
