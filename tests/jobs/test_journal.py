"""The journal: whole lines only, whatever a dying process or a full disk leaves behind."""

import errno
import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys.jobs.journal import Journal, read_lines
from recsys.training import events

HAPPENED = [
    events.Started(0, 24, 60, 40, 360, 800, "cpu"),
    *(events.StepCompleted(n, n / 4, 1 / n, 0.5, 0.05, 0.001) for n in range(1, 5)),
    events.Evaluated(4, {"ndcg@20": 0.25}, best=True),
    events.StateSaved(4, "/tmp/Ordner mit Ä/state.safetensors"),  # noqa: S108 - no file is made
    events.Failed(4, "the disk is full\nor “nearly”", 4),
]


def written(path, happened=HAPPENED):
    journal = Journal(path)
    for event in happened:
        journal.append(event, "search")
    journal.close()
    return path


def plain(lines):
    return [
        {name: value for name, value in line.items() if name not in {"at", "part"}}
        for line in lines
    ]


def test_what_was_written_is_read_with_its_part_and_the_time_of_day(tmp_path):
    lines, offset = read_lines(written(tmp_path / "events.jsonl"))
    assert plain(lines) == [event.to_dict() for event in HAPPENED]
    assert {line["part"] for line in lines} == {"search"}
    assert all(isinstance(line["at"], float) for line in lines)
    assert offset == (tmp_path / "events.jsonl").stat().st_size


def test_each_event_is_one_line_of_json(tmp_path):
    data = written(tmp_path / "events.jsonl").read_bytes()
    assert data.count(b"\n") == len(HAPPENED)
    assert [json.loads(line)["event"] for line in data.splitlines()][-1] == "failed"


def test_a_missing_journal_holds_nothing_yet(tmp_path):
    assert read_lines(tmp_path / "events.jsonl") == ([], 0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return written(tmp_path_factory.mktemp("journal") / "whole.jsonl").read_bytes()


@given(data=st.data())
def test_cut_at_any_byte_no_event_before_or_after_the_cut_is_lost(tmp_path_factory, whole, data):
    cut = data.draw(st.integers(0, len(whole)), "cut at byte")
    path = tmp_path_factory.mktemp("cut") / "events.jsonl"
    path.write_bytes(whole[:cut])
    before = whole[:cut].count(b"\n")
    lines, offset = read_lines(path)
    assert plain(lines) == [event.to_dict() for event in HAPPENED[:before]]
    assert offset == whole[:cut].rfind(b"\n") + 1

    again = HAPPENED[2:6]
    written(path, again)
    # a line that lacked its end only is whole once the next writer has ended it
    complete = before + (whole[cut : cut + 1] == b"\n")
    expected = [event.to_dict() for event in HAPPENED[:complete]]
    assert plain(read_lines(path)[0]) == expected + [event.to_dict() for event in again]
    # whoever had read up to the cut goes on with the very same
    rest, end = read_lines(path, offset)
    assert lines + rest == read_lines(path)[0]
    assert end == path.stat().st_size


GARBAGE = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"", b"null", b"7", b'"text"', b"[1]", b"{", b"}", b'{"event":', b'{"a": [1', b"2]}",
             b'{"a": 1}, {"b": 2}', b"\x00\x00\x00\x00", b"\xff\xfe", b"\xef\xbb\xbf{}", b"1e999"]
        ),
    ).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")),
    max_size=6,
)  # fmt: skip


@given(before=GARBAGE, after=GARBAGE, cuts=st.lists(st.integers(0, 10_000), max_size=6))
@example(before=[b'{"a": [1', b"2]}"], after=[], cuts=[9])
@example(before=[b'{"a": 1}, {"b": 2}'], after=[], cuts=[])
def test_foreign_lines_hide_no_event_and_portions_read_the_same_as_all_at_once(
    tmp_path_factory, whole, before, after, cuts
):
    path = tmp_path_factory.mktemp("foreign") / "events.jsonl"
    content = b"".join(line + b"\n" for line in before) + whole
    content += b"".join(line + b"\n" for line in after)
    path.write_bytes(content)
    at_once, end = read_lines(path)
    ours = [line for line in at_once if line.get("event")]
    assert plain(ours) == [event.to_dict() for event in HAPPENED]
    assert all(isinstance(line, dict) for line in at_once)
    assert end == len(content)

    portions, offset = [], 0
    for cut in [*sorted(cut % (len(content) + 1) for cut in cuts), len(content)]:
        path.write_bytes(content[:cut])  # the file as it stood when it was read
        lines, offset = read_lines(path, offset)
        portions += lines
    assert portions == at_once


def test_numbers_that_are_none_come_back_as_they_were(tmp_path):
    wild = events.StepCompleted(1, 0.25, math.nan, math.inf, -math.inf, 0.0)
    (line,), _ = read_lines(written(tmp_path / "events.jsonl", [wild]))
    assert math.isnan(line["loss"])
    assert line["gradient_norm"] == math.inf
    assert line["learning_rate"] == -math.inf


class FullDisk:
    """A file on a disk with room for so many bytes: it takes what fits and refuses the rest."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self.file.write(data[: self.room])
        self.room -= taken
        return taken

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("room", [0, 1, 40, 110])
def test_a_line_that_a_full_disk_cut_does_not_swallow_the_one_that_tells_of_it(tmp_path, room):
    path = tmp_path / "events.jsonl"
    journal = Journal(path)
    journal.append(HAPPENED[0], "search")
    full = journal._file = FullDisk(journal._file, room)
    with pytest.raises(OSError, match="No space left"):
        journal.append(HAPPENED[1], "search")
    full.room = 65_536  # what was set aside is given back
    journal.append(HAPPENED[-1], "search")
    journal.append(HAPPENED[0], "search")
    journal.close()
    expected = [HAPPENED[0], HAPPENED[-1], HAPPENED[0]]
    assert plain(read_lines(path)[0]) == [event.to_dict() for event in expected]


def test_all_but_single_steps_are_on_the_disk_before_the_run_goes_on(tmp_path, monkeypatch):
    path = tmp_path / "events.jsonl"
    synced = []
    monkeypatch.setattr(
        "recsys.jobs.journal.os.fsync", lambda _file: synced.append(path.read_bytes())
    )
    written(path)
    ends = [json.loads(data.splitlines()[-1])["event"] for data in synced]
    assert ends == ["started", "evaluated", "saved", "failed"]
