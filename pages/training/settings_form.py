"""Settings form: one input for each setting, built from the fields of ``recsys.config``.

The name, symbol, description and range of an input come from the field, so a new setting appears
here without a change of this module.
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
    """Draw an input for every setting.

    Args:
        base: initial values.
        key: a new key makes new inputs, which start from ``base``.

    Returns:
        The settings of the inputs.

    Raises:
        SettingsError: a value is out of range, or two values contradict each other.
    """
    values: dict[str, dict[str, Any]] = {}
    for tab, part in zip(st.tabs(list(TABS.values())), TABS, strict=True):
        section: BaseModel = getattr(base, part)
        with tab:
            columns = st.columns(3)
            values[part] = {}
            for number, (name, field) in enumerate(type(section).model_fields.items()):
                with columns[number % 3]:
                    values[part][name] = _draw(name, field, getattr(section, name), f"{key}-{part}")
    return Settings.checked(values, "the advanced settings")


def _label(name: str, field: FieldInfo) -> str:
    words = name.replace("_", " ")
    plain = words[:1].upper() + words[1:]
    return plain if not field.title or field.title == name else f"{plain}  ·  {field.title}"


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    def first(*names: str) -> float | None:
        bounds = (getattr(limit, name, None) for limit in field.metadata for name in names)
        return next((float(bound) for bound in bounds if bound is not None), None)

    return first("ge", "gt"), first("le", "lt")


def _help(field: FieldInfo) -> str:
    low, high = _bounds(field)
    description = field.description or ""
    if low is not None and high is not None:
        return f"{description} From {low:g} to {high:,g}."
    return description if low is None else f"{description} {low:g} or more."


def _draw(name: str, field: FieldInfo, value: Any, key: str) -> Any:
    common: dict[str, Any] = {
        "label": _label(name, field), "help": _help(field), "key": f"{key}-{name}",
    }  # fmt: skip
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(options=options, index=options.index(value), **common)
    if isinstance(value, bool):
        return st.toggle(value=value, **common)
    low, high = _bounds(field)
    if isinstance(value, int):
        return st.number_input(
            value=value, step=1, min_value=None if low is None else int(low),
            max_value=None if high is None else int(high), **common,
        )  # fmt: skip
    if isinstance(value, float):
        return st.number_input(
            value=value, min_value=low, max_value=high, step=max(abs(value) / 10, 1e-6),
            format="%g", **common,
        )  # fmt: skip
    text = ", ".join(f"{number:g}" for number in value) if value else ""
    return _parse_numbers(st.text_input(value=text, placeholder="none", **common), name)


def _parse_numbers(text: str, name: str) -> tuple[float, ...] | None:
    """Parse numbers that are separated by commas; an empty text is None.

    Raises:
        SettingsError: a part is not a number.
    """
    try:
        return tuple(float(part) for part in text.split(",")) if text.strip() else None
    except ValueError:
        raise SettingsError(
            f"The setting {name.replace('_', ' ')} takes numbers separated by commas, not "
            f"{text!r}. Nothing was started."
        ) from None
