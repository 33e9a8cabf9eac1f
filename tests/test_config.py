"""Settings: presets, overriding files, and messages about invalid values."""

import json
import re

import pytest

from recsys.config import Settings, load_settings, preset_names
from recsys.errors import SettingsError


def test_the_presets_that_ship_load():
    shipped = {"benchmark", "full", "pair", "paper", "predecessor", "quick", "standard"}
    assert shipped <= set(preset_names())
    assert preset_names() == sorted(preset_names())
    for name in preset_names():
        assert isinstance(load_settings(name), Settings)


def test_paper_is_bpr_as_published():
    settings = load_settings("paper")
    assert (settings.training.loss, settings.training.batch) == ("bpr", 2048)
    assert (settings.training.learning_rate, settings.training.l2) == (1e-3, 1e-4)
    assert (settings.model.dimension, settings.model.layers) == (64, 3)
    assert settings.model.alpha == (0.25,) * 4


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_settings_file_overrides_value_by_value(tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    path.write_text(
        "[training]\nepochs = 3\n" if suffix == ".toml" else '{"training": {"epochs": 3}}'
    )
    settings = load_settings("paper", path, {"training": {"seed": 9}})
    assert (settings.training.epochs, settings.training.seed, settings.training.batch) == (
        3,
        9,
        2048,
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"training": {"learning_rate": -1}}', "training.learning_rate"),
        ('{"training": {"learning_rat": 1}}', "training.learning_rat"),
        ('{"training": {"learning_rate": 1e999}}', "training.learning_rate"),
        ('{"model": {"layers": 2, "layer_weights": [1]}}', "model"),
        ('{"model": {"dimension": "many"}}', "model.dimension"),
        ("[1]", "mine.json"),
        ("{", "mine.json"),
    ],
)
def test_an_invalid_setting_is_named(tmp_path, text, names):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(names)) as error:
        load_settings("paper", path)
    assert "\n" not in str(error.value)


def test_an_unknown_preset_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(SettingsError, match=r"choose benchmark"):
        load_settings("fastest")
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load_settings("paper", tmp_path / "none.toml")


def test_every_setting_has_a_symbol_and_a_description():
    for part in Settings.model_fields.values():
        for name, field in part.annotation.model_fields.items():
            assert field.title, name
            assert field.description.endswith("."), name


def test_settings_survive_json():
    settings = load_settings("benchmark")
    assert Settings.checked(json.loads(settings.model_dump_json()), "card") == settings


def test_another_number_of_layers_drops_the_weights_of_the_preset(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[model]\nlayers = 2\n")
    assert load_settings("full").model.alpha == (0.8, 0.2)
    assert load_settings("full", path).model.alpha == (1 / 3,) * 3
    assert load_settings("full", overrides={"model": {"layers": 0}}).model.alpha == (1.0,)
    for same in ({"training": {"seed": 1}}, {"model": {"layers": 1}}):
        assert load_settings("full", overrides=same).model.alpha == (0.8, 0.2)
    path.write_text("[model]\nlayers = 2\nlayer_weights = [0.5, 0.3, 0.2]\n")
    assert load_settings("full", path).model.alpha == (0.5, 0.3, 0.2)
