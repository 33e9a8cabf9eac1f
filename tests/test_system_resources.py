"""System resources: default thread counts."""

import pytest

from recsys.system_resources import default_threads


@pytest.mark.parametrize(
    ("limit", "processes", "threads"), [("3", "1", 3), ("", "1", 8), ("", "4", 2), ("", "99", 1)]
)
def test_processes_that_train_together_share_the_cores(monkeypatch, limit, processes, threads):
    monkeypatch.setattr("recsys.system_resources.cores", lambda: 8)
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    monkeypatch.setenv("WORLD_SIZE", processes)
    assert default_threads() == threads


@pytest.mark.parametrize(("cores", "threads"), [(8, 7), (2, 1), (1, 1)])
def test_a_job_of_the_app_leaves_one_core_free(monkeypatch, cores, threads):
    monkeypatch.setattr("recsys.system_resources.cores", lambda: cores)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # set for the app itself, not for its jobs
    assert default_threads(interactive=True) == threads
