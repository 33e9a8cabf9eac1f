"""What a page has drawn, read from its element tree."""

import json


def _elements(block):
    for child in getattr(block, "children", {}).values():
        if getattr(child, "type", "") == "bidi_component":
            yield child
        yield from _elements(child)


def grid(app, key):
    """Return what a grid was given to draw; none where it is not on the page."""
    for element in _elements(app._tree):
        if element.proto.id.endswith(f"-{key}"):
            return json.loads(json.loads(element.proto.json)["text"])
    return None


def charts(app):
    """Return the Plotly figures that a page has drawn, in order."""
    found = (json.loads(element.proto.json) for element in _elements(app._tree))
    return [json.loads(one["text"]) for one in found if "library" in one]


def texts(app):
    """Return everything that the page says in words, in one string."""
    said = [*app.title, *app.subheader, *app.caption, *app.markdown, *app.error, *app.warning]
    said += [*app.info, *app.success]
    return "\n".join(one.value for one in said)
