"""Advanced settings: a field for each, with its symbol, sentence and range from the recipe.

The settings tell all of this themselves (``recsys.config``), so a new one appears here by being
there.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from recsys.config import Settings
from recsys.errors import SettingsError

__all__ = ["draw_settings_form"]

TABS = {"training": "Training", "model": "Model", "data": "Data", "serving": "Serving"}


def draw_settings_form(base: Settings, key: str) -> Settings:
    """Draw all settings of a recipe, to change; returns them as they stand.

    Args:
        base: what the fields hold at first.
        key: another one starts with fresh fields.

    Raises:
        SettingsError: two values do not go together; the sentence says which.
    """
    values: dict[str, dict[str, Any]] = {}
    for tab, part in zip(st.tabs(list(TABS.values())), TABS, strict=True):
        section: BaseModel = getattr(base, part)
        with tab:
            columns = st.columns(3)
            values[part] = {}
            for place, (name, field) in enumerate(type(section).model_fields.items()):
                with columns[place % 3]:
                    values[part][name] = _draw(name, field, getattr(section, name), f"{key}-{part}")
    return Settings.checked(values, "the advanced settings")


def _label(name: str, field: FieldInfo) -> str:
    words = name.replace("_", " ")
    plain = words[:1].upper() + words[1:]
    return plain if not field.title or field.title == name else f"{plain}  ·  {field.title}"


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    def first(*names: str) -> float | None:
        found = (getattr(bound, name, None) for bound in field.metadata for name in names)
        return next((float(one) for one in found if one is not None), None)

    return first("ge", "gt"), first("le", "lt")


def _help(field: FieldInfo) -> str:
    low, high = _bounds(field)
    told = field.description or ""
    if low is not None and high is not None:
        return f"{told} From {low:g} to {high:,g}."
    return told if low is None else f"{told} {low:g} or more."


def _draw(name: str, field: FieldInfo, value: Any, key: str) -> Any:
    shown: dict[str, Any] = {
        "label": _label(name, field), "help": _help(field), "key": f"{key}-{name}",
    }  # fmt: skip
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(options=options, index=options.index(value), **shown)
    if isinstance(value, bool):
        return st.toggle(value=value, **shown)
    low, high = _bounds(field)
    if isinstance(value, int):
        return st.number_input(
            value=value, step=1, min_value=None if low is None else int(low),
            max_value=None if high is None else int(high), **shown,
        )  # fmt: skip
    if isinstance(value, float):
        return st.number_input(
            value=value, min_value=low, max_value=high, step=max(abs(value) / 10, 1e-6),
            format="%g", **shown,
        )  # fmt: skip
    written = ", ".join(f"{one:g}" for one in value) if value else ""
    return _numbers(st.text_input(value=written, placeholder="none", **shown), name)


def _numbers(text: str, name: str) -> tuple[float, ...] | None:
    """Read numbers with commas between; nothing is none.

    Raises:
        SettingsError: a part is no number.
    """
    try:
        return tuple(float(part) for part in text.split(",")) if text.strip() else None
    except ValueError:
        raise SettingsError(
            f"{name.replace('_', ' ')} takes numbers with commas between, not {text!r}. Nothing "
            "was started."
        ) from None
