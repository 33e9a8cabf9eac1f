"""A new run: what to learn from, with which recipe, what that needs, and the button."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from pages.shared.runs import look_at_all, size, speed
from pages.shared.session import notice
from pages.shared.source import Source, draw_data
from pages.training.recipe import draw_recipe
from pages.training.words import PAIR, PRESETS, preset_name, size_in_bytes, span
from recsys.config import Settings, load_settings
from recsys.device import accelerator_likely, choose_device
from recsys.errors import RecsysError
from recsys.machine import cores
from recsys.training.place import Place
from recsys.training.preflight import Preflight, preflight
from recsys.training.run_folder import Label, Order

__all__ = ["clone", "draw_start"]

CLONED = "cloned"  # session: the order whose settings the form starts from
HELD_OUT = 0.1
HARD_POOL = 4

Wish = tuple[Label, Order]


def clone(order: Order) -> None:
    """Let the next new run start from the settings of another."""
    st.session_state[CLONED] = order
    st.session_state["preset"] = order.preset
    st.session_state["view"] = "New run"


def _recipe() -> tuple[str, Settings]:
    """Draw preset and advanced settings."""
    cloned: Order | None = st.session_state.get(CLONED)
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
        return preset, draw_recipe(base, key)


def _order(source: Source, preset: str, settings: Settings, threads: int, **more: object) -> Order:
    device = choose_device().type if accelerator_likely() else "cpu"
    return Order.model_validate(
        {
            "ratings": source.path, "data": source.name, "preset": preset, "settings": settings,
            "validation": HELD_OUT, "draw_map": True, "device": device, "threads": threads, **more,
        }
    )  # fmt: skip


def _wishes(source: Source, preset: str, settings: Settings, name: str, threads: int) -> list[Wish]:
    name = name.strip() or preset_name(preset)
    if preset != PAIR:
        return [(Label(name=name), _order(source, preset, settings, threads))]
    group = uuid4().hex[:8]
    values = settings.model_dump()
    orders = []
    for told, pool in (("uniform", 1), (f"hardest of {HARD_POOL}", HARD_POOL)):
        values["training"] |= {"hard_pool": pool}
        one = Settings.checked(values, "the pair")
        order = _order(source, preset, one, threads, refit=False, group=group)
        orders.append((Label(name=f"{name}: {told}"[:80]), order))
    return orders


def _begin(wishes: list[Wish]) -> None:
    """Make the run folders and start the worker; runs in a callback, before the page draws."""
    place = Place.default()
    try:
        runs = [place.create(order, label) for label, order in wishes]
        try:
            place.launch(runs)
        except RecsysError:
            for run in runs:
                place.discard(run)
            raise
    except RecsysError as error:
        notice(str(error))
        return
    st.session_state.pop(CLONED, None)
    st.session_state["view"] = "Watch"
    st.query_params["run"] = runs[0].path.name


def draw_start() -> None:
    """Draw the form."""
    source = draw_data()
    preset, settings = _recipe()
    left, right = st.columns([3, 1])
    name = left.text_input("Name", max_chars=60, placeholder=preset_name(preset), key="run-name")
    most = cores()
    threads = right.number_input(
        "Threads", 1, most, max(1, most - 1), key="threads",
        help="Cores that train. One fewer than there are leaves the app quick.",
    )  # fmt: skip
    if source is None:
        st.info("Choose a file to see what the training will need.", icon=":material/upload_file:")
        return
    wishes = _wishes(source, preset, settings, name, int(threads))
    order = wishes[0][1]
    with st.spinner("Reading the ratings …", show_time=True):
        told = preflight(size(order), order, Place.default().path, speed())
    _draw_preflight(told, runs=len(wishes))
    for problem in told.problems:
        st.error(problem, icon=":material/memory:")
    running = [one.run.label().name for one in look_at_all() if one.alive]
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


def _draw_preflight(told: Preflight, runs: int) -> None:
    """Draw one line of facts and one of needs."""
    size = told.size
    st.markdown(
        f"**{size.rows:,}** rows → **{size.users:,}** people × **{size.items:,}** anime, "
        f"**{size.likes:,}** likes · **{told.parameters:,}** parameters · **{told.steps:,}** steps"
        + (" each" if runs > 1 else "")
    )
    low, _, high = (runs * one for one in told.seconds)
    free = "" if told.free_memory is None else f" of {size_in_bytes(told.free_memory)} free"
    learned = (
        f"learned from {told.speed.runs} earlier runs here"
        if told.speed.runs
        else "not yet measured on this machine, so a wide guess"
    )
    st.caption(
        f"Memory about {size_in_bytes(told.memory)}{free} · disk about {size_in_bytes(told.disk)} "
        f"of {size_in_bytes(told.free_disk)} · time {span(low, high)} ({learned}). A tenth of each "
        f"person's likes is held out to find the best step"
        + ("." if runs > 1 else "; then everything is trained on once more.")
    )
