"""Contents of a page under AppTest, read from its element tree."""

import json
import re


def _elements(block):
    for child in getattr(block, "children", {}).values():
        if getattr(child, "type", "") == "bidi_component":
            yield child
        yield from _elements(child)


def grid(app, key):
    """Return the data of a card grid, or None if the page has no such grid."""
    for element in _elements(app._tree):
        if element.proto.id.endswith(f"-{key}"):
            return json.loads(json.loads(element.proto.json)["text"])
    return None


def charts(app):
    """Return the Plotly figures of a page, in order."""
    data = (json.loads(element.proto.json) for element in _elements(app._tree))
    return [json.loads(chart["text"]) for chart in data if "library" in chart]


def shown(markdown):
    """Return Markdown without the escapes that the browser removes."""
    return re.sub(r"\\([\\`*_\[\]<>$~|&:#+=.)-])", r"\1", markdown).replace("\u2060", "")


def texts(app):
    """Return all text of the page in one string, without the escapes that Markdown removes."""
    elements = [*app.title, *app.subheader, *app.caption, *app.markdown, *app.error, *app.warning]
    elements += [*app.info, *app.success]
    return "\n".join(shown(element.value) for element in elements)
