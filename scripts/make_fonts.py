"""Take the typefaces that the app serves out of their npm packages.

Both packages are published under the SIL Open Font License; fetch and unpack them once with

    npm pack @fontsource-variable/inter@5.3.0 @fontsource-variable/noto-sans-jp@5.3.1
    tar -xzf fontsource-variable-inter-5.3.0.tgz --one-top-level=inter
    tar -xzf fontsource-variable-noto-sans-jp-5.3.1.tgz --one-top-level=noto
    python -m scripts.make_fonts inter/package noto/package

Inter comes whole for Latin letters. Noto Sans JP comes in 120 slices by unicode range: those are
taken that draw the most Japanese titles per byte, until the budget is spent; a rare character
left out is drawn by the reader's own font. No font file is changed. The slices are declared in
``pages/static/fonts/noto-sans-jp.css`` rather than in Streamlit's configuration, which the server
sends again with every run.
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


def characters(ranges: str) -> set[int]:
    """Return the code points of a CSS ``unicode-range``."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def choose_slices(titles: list[str], ranges: dict[str, str], sizes: dict[str, int]) -> list[str]:
    """Return the names of the slices worth their bytes, most titles per byte first.

    Args:
        titles: Japanese titles; one title counts once for every slice that it needs.
        ranges: the ``unicode-range`` of each slice.
        sizes: bytes of each slice.
    """
    slice_of = {code: name for name, part in ranges.items() for code in characters(part)}
    needed: Counter[str] = Counter()
    for title in titles:
        needed.update({slice_of[code] for code in map(ord, title) if code in slice_of})
    chosen, spent = [], 0
    for name in sorted(needed, key=lambda one: needed[one] / sizes[one], reverse=True):
        if spent + sizes[name] > BUDGET:
            break
        chosen.append(name)
        spent += sizes[name]
    return chosen


def main() -> None:
    """Copy the chosen files with their licences and write the slices' style sheet."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("inter", type=Path, help="the unpacked package of Inter")
    parser.add_argument("noto", type=Path, help="the unpacked package of Noto Sans JP")
    given = parser.parse_args()

    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir(parents=True)
    for part in INTER:
        source = given.inter / "files" / f"inter-{part}-wght-normal.woff2"
        shutil.copyfile(source, FONTS / f"inter-{part}.woff2")
    shutil.copyfile(given.inter / "LICENSE", FONTS / "OFL-Inter.txt")
    shutil.copyfile(given.noto / "LICENSE", FONTS / "OFL-Noto-Sans-JP.txt")

    ranges = {
        name.strip("[]"): part
        for name, part in json.loads((given.noto / "unicode.json").read_text()).items()
        if name.startswith("[")
    }
    files = {
        name: given.noto / "files" / f"noto-sans-jp-{name}-wght-normal.woff2" for name in ranges
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
    (FONTS / "noto-sans-jp.css").write_text("\n".join(faces))

    drawn = set().union(*(characters(ranges[name]) for name in chosen))
    japanese = set().union(*map(characters, ranges.values()))
    whole = sum(
        all(ord(one) in drawn or ord(one) not in japanese for one in text) for text in texts
    )
    size = sum(path.stat().st_size for path in FONTS.iterdir())
    print(
        f"{len(chosen)} of {len(ranges)} slices draw {whole:,} of {len(texts):,} Japanese titles "
        f"without another font; {size / 1e6:.2f} MB in {FONTS}"
    )


if __name__ == "__main__":
    main()
