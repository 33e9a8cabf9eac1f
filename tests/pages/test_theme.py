"""Theme: fonts named by configuration and style sheets exist, are licensed and small."""

from __future__ import annotations

import re
import tomllib

from recsys.paths import ROOT
from scripts.make_fonts import choose_slices

STATIC = ROOT / "pages" / "static"
FONTS = STATIC / "fonts"
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def test_every_declared_typeface_is_a_local_file_and_no_file_is_left_undeclared() -> None:
    faces = [face["url"] for face in CONFIG["theme"]["fontFaces"]]
    assert all(face.startswith("app/static/fonts/") for face in faces)
    slices = re.findall(r'url\("([^"]+)"\)', (FONTS / "noto-sans-jp.css").read_text())
    declared = {face.rpartition("/")[2] for face in faces} | set(slices)
    assert declared == {path.name for path in FONTS.glob("*.woff2")}


def test_the_style_sheet_loads_the_japanese_slices_from_where_they_are_served() -> None:
    style = (ROOT / "pages" / "shared" / "theme.css").read_text()
    assert '@import url("app/static/fonts/noto-sans-jp.css")' in style
    assert not re.search(r"https?://", style)


def test_the_typefaces_are_licensed_and_below_three_megabytes() -> None:
    for licence in FONTS.glob("OFL-*.txt"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text()
    assert len(list(FONTS.glob("OFL-*.txt"))) == 2
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 3_000_000


def test_slices_are_taken_by_titles_per_byte_until_the_budget_is_spent() -> None:
    ranges = {"kana": "U+3042-3044", "rare": "U+4e00", "never": "U+4e01", "big": "U+5000"}
    sizes = {"kana": 1_000_000, "rare": 1_500_000, "never": 1, "big": 2_000_000}
    titles = ["あ", "い", "あ\u4e00", "\u5000"]
    assert choose_slices(titles, ranges, sizes) == ["kana", "rare"]


def test_the_server_is_local_and_shows_no_tracebacks() -> None:
    server = CONFIG["server"]
    assert server["address"] == "127.0.0.1"
    assert server["enableStaticServing"]
    assert server["fileWatcherType"] == "none"
    assert not {"enableCORS", "enableXsrfProtection", "headless"} & set(server)
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
