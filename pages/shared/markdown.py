"""Markdown escaping: text from files and users is shown as it is, never as markup."""

from __future__ import annotations

import re

__all__ = ["escape_markdown"]

JOINER = "\u2060"  # word joiner: has no width and allows no line break

# Streamlit replaces these in the parsed text, where a backslash no longer helps.
SHORTCODE = re.compile(r":(?=[\w+/-]+:)")
LINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
ARROW = re.compile(r"(?<!\S)(<|-|>|~)(?=->(?:\s|$)|[>=-](?:\s|$))")
# CommonMark, tables, mathematics, and Streamlit's directives such as ``:red[x]``.
SPECIAL = re.compile(r"[\\`*_\[\]<>$~|&:#]")
LIST_START = re.compile(r"^([-+=]|\d+(?=[.)]))")


def escape_markdown(text: str) -> str:
    """Return Markdown that Streamlit shows as exactly this text.

    Every name of a model, run, profile, file or title is escaped with this function before it
    enters a label, caption, message or other Markdown. Emoji shortcodes, bare addresses and
    arrows, which no backslash protects, are split by an invisible word joiner. Line breaks
    become blanks.

    Args:
        text: the text to show, for example a profile name.

    Returns:
        Its Markdown source.
    """
    line = " ".join(text.split())
    line = SHORTCODE.sub(f":{JOINER}", line)
    line = LINK.sub(JOINER, line)
    line = ARROW.sub(rf"\1{JOINER}", line)
    line = SPECIAL.sub(r"\\\g<0>", line)
    return LIST_START.sub(_escape_list_start, line)


def _escape_list_start(match: re.Match[str]) -> str:
    start = match.group(1)
    return f"{start}\\" if start[0].isdigit() else f"\\{start}"
