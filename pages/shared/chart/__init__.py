"""A Plotly chart that stays the same one while its numbers change: zoom and hidden traces last."""

from __future__ import annotations

from pages.shared.chart.component import chart
from pages.shared.chart.vendor import plotly_route

__all__ = ["chart", "plotly_route"]
