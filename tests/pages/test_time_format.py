"""Times are shown in the zone of the visitor's browser."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from pages.shared import time_format
from pages.shared.time_format import format_clock, format_moment

MOMENT = datetime(2026, 11, 24, 23, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "clock"),
    [
        ("Asia/Tokyo", "25 Nov 2026, 08:05", "08:05:09"),
        ("America/New_York", "24 Nov 2026, 18:05", "18:05:09"),
        ("UTC", "24 Nov 2026, 23:05", "23:05:09"),
        (None, "24 Nov 2026, 23:05", "23:05:09"),
        ("No/Such_Zone", "24 Nov 2026, 23:05", "23:05:09"),
        ("../../etc/passwd", "24 Nov 2026, 23:05", "23:05:09"),
    ],
)
def test_a_moment_is_shown_in_the_visitors_zone(monkeypatch, zone, moment, clock):
    context = SimpleNamespace(context=SimpleNamespace(timezone=zone))
    monkeypatch.setattr(time_format, "st", context)
    assert format_moment(MOMENT) == moment
    assert format_clock(MOMENT) == clock
