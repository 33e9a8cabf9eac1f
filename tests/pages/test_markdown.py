"""Markdown escaping: names are shown as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.shared.markdown import JOINER, escape_markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Cowboy Bebop, rated 9", "Cowboy Bebop, rated 9"),
        ("**bold**", r"\*\*bold\*\*"),
        ("![](//e.invalid/x.png)", r"!\[\](//e.invalid/x.png)"),
        (":red[x]", r"\:red\[x\]"),
        ("$x$", r"\$x\$"),
        ("`code`", r"\`code\`"),
        ("<b>x</b>", r"\<b\>x\</b\>"),
        ("# Title", r"\# Title"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("1. item", r"1\. item"),
        ("12) item", r"12\) item"),
        ("a | b", r"a \| b"),
        ("AT&amp;T", r"AT\&amp;T"),
        ("back\\slash", r"back\\slash"),
        ("two\n\n# lines", r"two \# lines"),
        ("    code block", "code block"),
        ("Re:Zero", r"Re\:Zero"),
        ("日本語", "日本語"),
        ("", ""),
    ],
)
def test_markup_is_escaped_and_other_text_stays(text, markdown):
    assert escape_markdown(text) == markdown


@pytest.mark.parametrize(
    "text",
    [":smile:", ":material/home:", ":streamlit:", "https://e.invalid", "www.e.invalid", "a@b.cd"],
)
def test_what_a_backslash_cannot_protect_is_split(text):
    shown = re.sub(r"\\(?=[^\w\s])", "", escape_markdown(text))
    assert shown != text
    assert shown.replace(JOINER, "") == text


@pytest.mark.parametrize("arrow", ["->", "<-", "<->", "--", ">=", "<=", "~="])
def test_streamlit_draws_no_symbol_in_place_of_an_arrow(arrow):
    shown = re.sub(r"\\(?=[^\w\s])", "", escape_markdown(f"a {arrow} b"))
    assert f" {arrow} " not in shown
    assert shown.replace(JOINER, "") == f"a {arrow} b"


@given(st.text(alphabet=st.sampled_from(list("ab1 .:-+=#*_`[]()<>!$~|&\\/@w")), max_size=30))
def test_without_backslashes_the_text_is_the_same_and_no_markup_stands_bare(text):
    markdown = escape_markdown(text)
    shown = re.sub(r"\\(.)", r"\1", markdown).replace(JOINER, "")
    assert shown == " ".join(text.split())
    assert not re.search(r"(?<!\\)[`*_\[\]<>$~|&:#]", re.sub(r"\\\\", "", markdown))
