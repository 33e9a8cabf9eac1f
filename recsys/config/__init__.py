"""Settings of a model, and the presets and files that they are loaded from."""

from recsys.config.settings import (
    DataSettings,
    ModelSettings,
    ServingSettings,
    Settings,
    TrainingSettings,
)
from recsys.config.settings_files import load_settings, preset_names

__all__ = [
    "DataSettings",
    "ModelSettings",
    "ServingSettings",
    "Settings",
    "TrainingSettings",
    "load_settings",
    "preset_names",
]
