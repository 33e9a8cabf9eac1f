"""Plotly chart component that keeps zoom and hidden traces when its data changes."""

from __future__ import annotations

from pages.shared.chart.steady_chart import chart
from pages.shared.chart.vendor import plotly_route

__all__ = ["chart", "plotly_route"]
