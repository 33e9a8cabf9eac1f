"""A new run: what to learn from, with which recipe, what that needs, and the button."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import streamlit as st

from pages.shared.data_picker import DataSource, draw_data_picker
from pages.shared.run_follower import FollowedRun, cached_dataset_size, machine_speed
from pages.shared.session import add_notice
from pages.training.run_labels import PAIR, PRESETS, format_bytes, format_span, preset_name
from pages.training.settings_form import draw_settings_form
from recsys.config import Settings, load_settings
from recsys.device import accelerator_likely, choose_device
from recsys.errors import RecsysError
from recsys.jobs.resource_estimate import ResourceEstimate, estimate_resources
from recsys.jobs.run_folder import RunConfig, RunMetadata
from recsys.jobs.run_registry import RunRegistry
from recsys.system_resources import cores, default_threads

__all__ = ["clone_settings", "draw_new_run"]

CLONED = "cloned"  # session: the order whose settings the form starts from
HELD_OUT = 0.1
HARD_POOL = 4

Wish = tuple[RunMetadata, RunConfig]


def clone_settings(config: RunConfig) -> None:
    """Let the next new run start from the settings of another."""
    st.session_state[CLONED] = config
    st.session_state["preset"] = config.preset
    st.session_state["view"] = "New run"


def _recipe() -> tuple[str, Settings]:
    """Draw preset and advanced settings."""
    cloned: RunConfig | None = st.session_state.get(CLONED)
    preset = st.pills(
        "Preset",
        list(PRESETS),
        default="quick",
        required=True,
        key="preset",
        format_func=preset_name,
    )
    preset = preset or "quick"
    st.caption(PRESETS[preset][1])
    if cloned is not None and cloned.preset == preset:
        base, key = cloned.settings, f"clone-{cloned.created.timestamp()}"
        st.caption(f"Settings of the run of {cloned.created:%d %b, %H:%M} (UTC), to change below.")
    else:
        base, key = load_settings(preset), preset
    with st.expander("Advanced settings"):
        return preset, draw_settings_form(base, key)


def _config(
    source: DataSource, preset: str, settings: Settings, threads: int, **more: object
) -> RunConfig:
    device = choose_device().type if accelerator_likely() else "cpu"
    return RunConfig.model_validate(
        {
            "ratings": source.path, "data": source.name, "preset": preset, "settings": settings,
            "validation": HELD_OUT, "draw_map": True, "device": device, "threads": threads, **more,
        }
    )  # fmt: skip


def _wishes(
    source: DataSource, preset: str, settings: Settings, name: str, threads: int
) -> list[Wish]:
    name = name.strip() or preset_name(preset)
    if preset != PAIR:
        return [(RunMetadata(name=name), _config(source, preset, settings, threads))]
    group = uuid4().hex[:8]
    values = settings.model_dump()
    configs = []
    for told, pool in (("uniform", 1), (f"hardest of {HARD_POOL}", HARD_POOL)):
        values["training"] |= {"hard_pool": pool}
        one = Settings.checked(values, "the pair")
        config = _config(source, preset, one, threads, refit=False, group=group)
        configs.append((RunMetadata(name=f"{name}: {told}"[:80]), config))
    return configs


def _begin(wishes: list[Wish]) -> None:
    """Make the run folders and start the worker; runs in a callback, before the page draws."""
    place = RunRegistry.default()
    try:
        runs = [place.create(config, metadata) for metadata, config in wishes]
        try:
            place.launch(runs)
        except RecsysError:
            for run in runs:
                place.discard(run)
            raise
    except RecsysError as error:
        add_notice(str(error))
        return
    st.session_state.pop(CLONED, None)
    st.session_state["view"] = "Watch"
    st.query_params["run"] = runs[0].path.name


def draw_new_run(runs: Sequence[FollowedRun]) -> None:
    """Draw the form."""
    source = draw_data_picker()
    preset, settings = _recipe()
    left, right = st.columns([3, 1])
    name = left.text_input("Name", max_chars=60, placeholder=preset_name(preset), key="run-name")
    threads = right.number_input(
        "Threads", 1, cores(), default_threads(interactive=True), key="threads",
        help="Cores that train. One fewer than there are leaves the app quick.",
    )  # fmt: skip
    if source is None:
        st.info("Choose a file to see what the training will need.", icon=":material/upload_file:")
        return
    wishes = _wishes(source, preset, settings, name, int(threads))
    config = wishes[0][1]
    with st.spinner("Reading the ratings …", show_time=True):
        told = estimate_resources(
            cached_dataset_size(config), config, RunRegistry.default().path, machine_speed(runs)
        )
    _draw_preflight(told, runs=len(wishes))
    for problem in told.problems:
        st.error(problem, icon=":material/memory:")
    running = [one.metadata.name for one in runs if one.alive]
    if running:
        st.info(
            f"“{running[0]}” is being trained, and one training runs at a time. Wait for it, or "
            "stop it under Watch.", icon=":material/schedule:",
        )  # fmt: skip
    st.button(
        "Start training" if len(wishes) == 1 else "Start both, one after the other",
        type="primary", icon=":material/play_arrow:", on_click=_begin, args=(wishes,),
        disabled=bool(told.problems or running), key="start",
    )  # fmt: skip


def _draw_preflight(told: ResourceEstimate, runs: int) -> None:
    """Draw one line of facts and one of needs."""
    size = told.size
    st.markdown(
        f"**{size.rows:,}** rows → **{size.users:,}** people × **{size.items:,}** anime, "
        f"**{size.likes:,}** likes · **{told.parameters:,}** parameters · **{told.steps:,}** steps"
        + (" each" if runs > 1 else "")
    )
    low, _, high = (runs * one for one in told.seconds)
    free = "" if told.free_memory is None else f" of {format_bytes(told.free_memory)} free"
    learned = (
        f"learned from {told.speed.runs} earlier runs here"
        if told.speed.runs
        else "not yet measured on this machine, so a wide guess"
    )
    st.caption(
        f"Memory about {format_bytes(told.memory)}{free} · disk about {format_bytes(told.disk)} "
        f"of {format_bytes(told.free_disk)} · time {format_span(low, high)} ({learned}). A tenth of each "
        f"person's likes is held out to find the best step"
        + ("." if runs > 1 else "; then everything is trained on once more.")
    )
