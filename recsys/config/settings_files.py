"""Settings files and presets: TOML or JSON tables that are merged and validated.

The presets ship as ``recsys/presets/*.toml``; a settings file has the same tables and overrides a
preset value by value.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recsys.config.settings import Settings
from recsys.errors import SettingsError

__all__ = ["load_settings", "preset_names"]

PRESETS = Path(__file__).parent.parent / "presets"


def preset_names() -> list[str]:
    """Return the names of the presets that ship, in alphabetical order."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load_settings(
    preset: str = "standard", file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Load a preset, overridden by a settings file, overridden by single values.

    Args:
        preset: one of ``preset_names()``.
        file: TOML or JSON with the tables data, model, training, serving.
        overrides: nested values, such as ``{"training": {"seed": 3}}``.

    Returns:
        The settings.

    Raises:
        SettingsError: the preset is unknown, the file cannot be read, or a value is out of range.
    """
    if preset not in preset_names():
        raise SettingsError(f"There is no preset {preset!r}; choose {', '.join(preset_names())}.")
    values = _read_tables(PRESETS / f"{preset}.toml")
    source = f"the preset {preset}"
    if file is not None:
        values, source = _override(values, _read_tables(file)), str(file)
    return Settings.checked(_override(values, overrides or {}), source)


def _read_tables(path: Path) -> dict[str, Any]:
    parse = json.loads if path.suffix == ".json" else tomllib.loads
    try:
        values = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The settings file {path} cannot be read ({error.strerror}). Nothing was started."
        ) from None
    except ValueError as error:
        raise SettingsError(
            f"The settings file {path} is not valid "
            f"{'JSON' if path.suffix == '.json' else 'TOML'}: "
            f"{error}. Nothing was started."
        ) from None
    if not isinstance(values, dict):
        raise SettingsError(f"The settings file {path} must hold tables such as [training].")
    return values


def _merge(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested values with some replaced."""
    merged = dict(base)
    for name, value in changes.items():
        table = merged.get(name)
        if isinstance(table, dict) and isinstance(value, Mapping):
            merged[name] = _merge(table, value)
        else:
            merged[name] = value
    return merged


def _override(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with some replaced; layer weights of another number of layers are dropped."""
    merged = _merge(base, changes)
    before, model = base.get("model", {}), changes.get("model", {})
    if not isinstance(model, Mapping) or "layer_weights" in model:
        return merged
    if model.get("layers", before.get("layers")) != before.get("layers"):
        merged["model"].pop("layer_weights", None)
    return merged
