"""The example notebook: all its cells run, and it is stored without outputs."""

import json

import pandas as pd
import pytest

from recsys.paths import ROOT

pytestmark = pytest.mark.slow  # runs a notebook in a process of its own

NOTEBOOK = ROOT / "docs" / "quickstart.ipynb"


@pytest.fixture(scope="module")
def code():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_it_is_stored_without_outputs(code):
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_all_cells_run_and_give_a_list_and_metrics(code, capsys):
    namespace = {}
    for number, cell in enumerate(code):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)  # noqa: S102
    assert "Interactions(" in capsys.readouterr().out
    listed = namespace["listed"].to_frame()
    assert len(listed) == 10
    assert listed["title"].notna().all()
    frame = namespace["frame"]
    assert isinstance(frame, pd.DataFrame)
    recall = frame[frame["metric"].str.startswith("capped_recall")]
    assert {"lightgcn", "popularity"} <= set(recall["method"])
