"""Small files, written so that a reader sees the old one or the new one, and names for folders."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

__all__ = ["readable_name", "write_json"]


def write_json(path: Path, value: Any) -> None:
    """Write a small file beside its place, synced, and rename it there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def readable_name(text: str) -> str:
    """Return a text as a part of a file name: small letters, digits and hyphens, 40 at most."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "unnamed"
