"""Small files, written so that a reader sees the old one or the new one, and names for folders."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

__all__ = ["slugify", "write_bytes", "write_json"]


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its place, synced, and rename it there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a value as a small file, as ``write_bytes`` does."""
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    write_bytes(path, text.encode())


def slugify(text: str) -> str:
    """Return a text as a part of a file name: small letters, digits and hyphens, 40 at most."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "unnamed"
