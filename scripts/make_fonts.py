"""Fonts that the app serves: copied from their npm packages.

Both packages are published under the SIL Open Font License; fetch and unpack them once with

    npm pack @fontsource-variable/inter@5.3.0 @fontsource-variable/noto-sans-jp@5.3.1
    tar -xzf fontsource-variable-inter-5.3.0.tgz --one-top-level=inter
    tar -xzf fontsource-variable-noto-sans-jp-5.3.1.tgz --one-top-level=noto
    python -m scripts.make_fonts inter/package noto/package

All Latin letters of Inter are included. Noto Sans JP consists of 120 slices by unicode range. The
slices that cover the most Japanese titles per byte are included, up to a limit; the visitor's own
font draws the characters that are left out. No font file is changed. The slices are declared in
``pages/static/fonts/noto-sans-jp.css`` and not in Streamlit's configuration, which the server sends
with every rerun.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import Counter
from pathlib import Path

import polars as pl

from recsys import paths

FONTS = paths.ROOT / "pages" / "static" / "fonts"
INTER = ("latin", "latin-ext")
BUDGET = 2_600_000  # bytes for Noto Sans JP; all fonts together stay below 3 MB
FACE = """@font-face {{
  font-family: "Noto Sans JP";
  font-weight: 100 900;
  font-display: swap;
  src: url("{file}") format("woff2");
  unicode-range: {ranges};
}}
"""


def parse_unicode_range(ranges: str) -> set[int]:
    """Return the code points of a CSS ``unicode-range``."""
    codes: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        codes.update(range(int(first, 16), int(last or first, 16) + 1))
    return codes


def choose_slices(titles: list[str], ranges: dict[str, str], sizes: dict[str, int]) -> list[str]:
    """Choose the slices that are needed by the most titles per byte, up to ``BUDGET`` bytes.

    Args:
        titles: Japanese titles; a title counts once for every slice that it needs.
        ranges: the ``unicode-range`` of each slice.
        sizes: size of each slice in bytes.

    Returns:
        The names of the slices, most titles per byte first.
    """
    slice_of = {code: name for name, part in ranges.items() for code in parse_unicode_range(part)}
    needed: Counter[str] = Counter()
    for title in titles:
        needed.update({slice_of[code] for code in map(ord, title) if code in slice_of})
    chosen, total = [], 0
    for name in sorted(needed, key=lambda name: needed[name] / sizes[name], reverse=True):
        if total + sizes[name] > BUDGET:
            break
        chosen.append(name)
        total += sizes[name]
    return chosen


def main() -> None:
    """Copy the fonts with their licences, and write the style sheet of the slices."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("inter", type=Path, help="the unpacked package of Inter")
    parser.add_argument("noto", type=Path, help="the unpacked package of Noto Sans JP")
    arguments = parser.parse_args()

    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir(parents=True)
    for part in INTER:
        source = arguments.inter / "files" / f"inter-{part}-wght-normal.woff2"
        shutil.copyfile(source, FONTS / f"inter-{part}.woff2")
    shutil.copyfile(arguments.inter / "LICENSE", FONTS / "OFL-Inter.txt")
    shutil.copyfile(arguments.noto / "LICENSE", FONTS / "OFL-Noto-Sans-JP.txt")

    ranges = {
        name.strip("[]"): part
        for name, part in json.loads(
            (arguments.noto / "unicode.json").read_text(encoding="utf-8")
        ).items()
        if name.startswith("[")
    }
    files = {
        name: arguments.noto / "files" / f"noto-sans-jp-{name}-wght-normal.woff2" for name in ranges
    }
    titles = pl.read_parquet(paths.catalogue_path(), columns=["title_japanese"])
    texts = titles.to_series().drop_nulls().to_list()
    chosen = choose_slices(
        texts, ranges, {name: path.stat().st_size for name, path in files.items()}
    )
    faces = []
    for name in sorted(chosen, key=int):
        shutil.copyfile(files[name], FONTS / f"noto-sans-jp-{name}.woff2")
        faces.append(FACE.format(file=f"noto-sans-jp-{name}.woff2", ranges=ranges[name]))
    (FONTS / "noto-sans-jp.css").write_text("\n".join(faces), encoding="utf-8")

    included = set().union(*(parse_unicode_range(ranges[name]) for name in chosen))
    japanese = set().union(*map(parse_unicode_range, ranges.values()))
    missing = japanese - included
    covered = sum(all(ord(character) not in missing for character in text) for text in texts)
    size = sum(path.stat().st_size for path in FONTS.iterdir())
    print(
        f"{len(chosen)} of {len(ranges)} slices cover {covered:,} of {len(texts):,} Japanese "
        "titles "
        f"completely; {size / 1e6:.2f} MB in {FONTS}"
    )


if __name__ == "__main__":
    main()
