"""New run: training data, settings, estimated time and memory, and the start."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import streamlit as st

from pages.shared.data_picker import DataSource, draw_data_picker
from pages.shared.error_boundary import guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.number_format import count_noun
from pages.shared.run_follower import FollowedRun, cached_dataset_size, machine_speed
from pages.shared.time_format import format_moment
from pages.training.run_labels import (
    PAIR,
    format_bytes,
    format_span,
    preset_description,
    preset_name,
    preset_options,
)
from pages.training.settings_form import draw_settings_form
from recsys.config import Settings, load_settings
from recsys.defaults import VALIDATION_SHARE
from recsys.device import training_device
from recsys.errors import RecsysError
from recsys.jobs.resource_estimate import ResourceEstimate, estimate_resources
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_registry import RunRegistry
from recsys.system_resources import cores

__all__ = ["clone_settings", "draw_new_run"]

CLONED = "cloned"  # session: the configuration whose settings fill the form
HARD_POOL = 4  # negatives of which the pair's second run takes the hardest

PlannedRun = tuple[RunMetadata, RunConfig]


@guard_callback
def clone_settings(config: RunConfig) -> None:
    """Fill the form of the next new run with the settings of another run."""
    st.session_state[CLONED] = config
    st.session_state["preset"] = config.preset
    st.session_state["view"] = "New run"


def _draw_settings() -> tuple[str, Settings]:
    """Draw the preset and the advanced settings."""
    cloned: RunConfig | None = st.session_state.get(CLONED)
    preset = st.pills(
        "Preset",
        preset_options(),
        default="quick",
        required=True,
        key="preset",
        format_func=lambda preset: escape_markdown(preset_name(preset)),
    )
    preset = preset or "quick"
    if description := preset_description(preset):
        st.caption(description)
    if cloned is not None and cloned.preset == preset:
        base, key = cloned.settings, f"clone-{cloned.created.timestamp()}"
        st.caption(f"The fields start from the run of {format_moment(cloned.created)}.")
    else:
        base, key = load_settings(preset), preset
    with st.expander("Advanced settings"):
        return preset, draw_settings_form(base, key)


def _run_config(
    source: DataSource, preset: str, settings: Settings, threads: int, **options: object
) -> RunConfig:
    device = training_device()
    return RunConfig.model_validate(
        {
            "ratings": source.path, "data": source.name, "preset": preset, "settings": settings,
            "validation": VALIDATION_SHARE, "draw_map": True, "device": device,
            "threads": threads, **options,
        }
    )  # fmt: skip


def _planned_runs(
    source: DataSource, preset: str, settings: Settings, name: str, threads: int
) -> list[PlannedRun]:
    name = name.strip() or preset_name(preset)
    if preset != PAIR:
        return [(RunMetadata(name=name), _run_config(source, preset, settings, threads))]
    group = uuid4().hex[:8]
    values = settings.model_dump()
    runs = []
    for suffix, pool in (("uniform", 1), (f"hardest of {HARD_POOL}", HARD_POOL)):
        values["training"] |= {"hard_pool": pool}
        pool_settings = Settings.checked(values, "the pair")
        config = _run_config(source, preset, pool_settings, threads, refit=False, group=group)
        runs.append((RunMetadata(name=f"{name}: {suffix}"[:80]), config))
    return runs


@guard_callback
def _start(planned: list[PlannedRun]) -> None:
    """Create the run folders and start the worker; without a worker no folder stays."""
    registry = RunRegistry.default()
    runs = [registry.create(config, metadata) for metadata, config in planned]
    try:
        registry.launch(runs)
    except RecsysError:
        for run in runs:
            registry.discard(run)
        raise
    st.session_state.pop(CLONED, None)
    st.session_state["view"] = "Watch"
    st.query_params["run"] = runs[0].path.name


def draw_new_run(runs: Sequence[FollowedRun]) -> None:
    """Draw the form.

    Args:
        runs: all runs, the newest first.

    Raises:
        DataError: the ratings cannot be used.
        SettingsError: two advanced settings contradict each other.
        TrainingError: no training data is left after the filters of the settings.
    """
    source = draw_data_picker()
    preset, settings = _draw_settings()
    left, right = st.columns([3, 1])
    name = left.text_input("Name", max_chars=60, placeholder=preset_name(preset), key="run-name")
    most = cores()
    threads = right.number_input(
        "Threads", 1, most, max(1, most - 1), key="threads",
        help="CPU cores that the training uses. Leave one core free so that the app stays fast.",
    )  # fmt: skip
    if source is None:
        st.info("Choose a file to see the size of the training.", icon=":material/upload_file:")
        return
    planned = _planned_runs(source, preset, settings, name, int(threads))
    config = planned[0][1]
    with st.spinner("Reading the ratings …", show_time=True):
        size = cached_dataset_size(config)
    speed = machine_speed(runs)
    estimate = estimate_resources(size, config, RunRegistry.default().path, speed)
    _draw_estimate(estimate, runs=len(planned))
    for problem in estimate.problems:
        st.error(escape_markdown(problem), icon=":material/memory:")
    running = next((run.metadata.name for run in runs if run.alive), None)
    if running is not None:
        st.info(
            f"“{escape_markdown(running)}” is being trained, and only one training can run at a "
            "time. Wait until it ends, or stop it in the view Watch.", icon=":material/schedule:",
        )  # fmt: skip
    st.button(
        "Start training" if len(planned) == 1 else "Start both, one after the other",
        type="primary", icon=":material/play_arrow:", on_click=_start, args=(planned,),
        disabled=bool(estimate.problems) or running is not None, key="start",
    )  # fmt: skip


def _draw_estimate(estimate: ResourceEstimate, runs: int) -> None:
    """Draw the size of the data and the model, and the estimated memory, disk and time."""
    size = estimate.size
    st.markdown(
        f"**{size.rows:,}** rows → **{size.users:,}** people × **{size.items:,}** anime, "
        f"**{size.likes:,}** likes · **{estimate.parameters:,}** parameters · "
        f"**{estimate.steps:,}** steps" + (" each" if runs > 1 else "")
    )
    low, _, high = (runs * seconds for seconds in estimate.seconds)
    free = "" if estimate.free_memory is None else f" of {format_bytes(estimate.free_memory)} free"
    basis = (
        f"based on {count_noun(estimate.speed.runs, 'earlier run')} on this computer"
        if estimate.speed.runs
        else "a rough estimate: no run was measured on this computer yet"
    )
    final = "." if runs > 1 else "; then training runs again on all likes."
    st.caption(
        f"Memory about {format_bytes(estimate.memory)}{free} · disk about "
        f"{format_bytes(estimate.disk)} of {format_bytes(estimate.free_disk)} free · time "
        f"{format_span(low, high)} ({basis}). {VALIDATION_SHARE:.0%} of each person's likes are "
        f"set aside to choose the best step{final}"
    )
