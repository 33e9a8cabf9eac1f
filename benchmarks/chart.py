"""Charts of the results: Plotly figures that Chromium renders to PNG files, offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.colors import qualitative
from plotly.subplots import make_subplots

from scripts.browse import FLAGS, chrome

__all__ = ["draw"]

SIZE = {"width": 1200, "height": 520}
Row = Mapping[str, float]


def _shared_steps(runs: Sequence[Sequence[Row]], x: str, metric: str) -> tuple[np.ndarray, ...]:
    """Return x [points] and the metric [seeds × points], up to the length of the shortest run."""
    length = min(len(rows) for rows in runs)
    table = np.array([[(row[x], row[metric]) for row in rows[:length]] for rows in runs])
    return table[..., 0].mean(axis=0), table[..., 1]


def draw(
    path: Path,
    title: str,
    panels: Mapping[str, Mapping[str, Sequence[Sequence[Row]]]],
    *,
    x: str = "seconds",
    horizontal: Mapping[str, float] | None = None,
    logarithmic: bool = True,
) -> None:
    """Draw one panel per metric, with the mean over seeds of each setting and a min–max band.

    Args:
        path: PNG to write.
        title: of the figure.
        panels: metric → setting → seeds → rows with ``x`` and the metric.
        x: quantity on the horizontal axis.
        horizontal: metric → published value, drawn as a dashed line.
        logarithmic: whether the horizontal axis is logarithmic.
    """
    figure = make_subplots(cols=len(panels), subplot_titles=list(panels))
    for column, (metric, recipes) in enumerate(panels.items(), start=1):
        for (name, runs), colour in zip(recipes.items(), qualitative.D3, strict=False):
            positions, values = _shared_steps(runs, x, metric)
            if len(runs) > 1:
                band = np.concatenate([values.max(axis=0), values.min(axis=0)[::-1]])
                figure.add_scatter(
                    x=np.concatenate([positions, positions[::-1]]), y=band, fill="toself",
                    mode="none", fillcolor=colour, opacity=0.25, showlegend=False, row=1,
                    col=column,
                )  # fmt: skip
            figure.add_scatter(
                x=positions, y=values.mean(axis=0), name=name, mode="lines+markers",
                line_color=colour, showlegend=column == 1, row=1, col=column,
            )  # fmt: skip
        if horizontal and metric in horizontal:
            published = horizontal[metric]
            figure.add_hline(
                published, line_dash="dash", line_color="#666", row=1, col=column,
                annotation_text=f"published {published:.4f}", annotation_position="bottom right",
            )  # fmt: skip
    figure.update_xaxes(title=x, type="log" if logarithmic else "linear")
    figure.update_layout(
        title=title, template="plotly_white", legend={"orientation": "h", "y": -0.2},
        font={"family": "DejaVu Sans, sans-serif", "size": 14}, **SIZE,
    )  # fmt: skip
    _write_png(figure, path)


def _write_png(figure: go.Figure, path: Path) -> None:
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = Path(folder) / "chart.html"
        figure.write_html(page_file, config={"staticPlot": True, "displayModeBar": False})
        browser = driver.chromium.launch(executable_path=chrome(), args=list(FLAGS))
        page = browser.new_page(viewport=SIZE)
        page.goto(page_file.as_uri())
        page.wait_for_selector(".main-svg")
        page.screenshot(path=path)
        browser.close()
