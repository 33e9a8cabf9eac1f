"""Profile store: compared with a dictionary, with concurrent writers, and with wrong input."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError

from recsys.errors import ProfileError
from recsys.paths import ROOT
from recsys.profiles import store as store_module
from recsys.profiles.schema import entries
from recsys.profiles.store import ProfileStore


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'deep' / 'profiles.sqlite'}"


@pytest.fixture
def store(url):
    with ProfileStore.open(url) as opened:
        yield opened


def entries_by_anime(store, profile):
    return {entry.anime_id: (entry.kind, entry.rating) for entry in store.entries(profile.id)}


class StoreMachine(RuleBasedStateMachine):
    """Random operations on a profile; a dictionary and a list of its past states are the model."""

    anime = st.integers(1, 6)

    @initialize()
    def start(self):
        self.store = ProfileStore.open("sqlite://")
        self.profile = self.store.create("Ada")
        self.expected, self.history = {}, []

    def remember(self, new):
        if new != self.expected:
            self.history.append(self.expected)
            self.expected = new

    @rule(anime=anime, rating=st.integers(1, 10))
    def rate(self, anime, rating):
        self.store.rate(self.profile.id, anime, rating)
        self.remember({**self.expected, anime: ("rated", rating)})

    @rule(ratings=st.dictionaries(anime, st.integers(1, 10), max_size=4))
    def rate_many(self, ratings):
        self.store.rate_many(self.profile.id, ratings)
        self.remember({**self.expected, **{a: ("rated", r) for a, r in ratings.items()}})

    @rule(anime=anime, kind=st.sampled_from(["seen", "not_interested", "hidden"]))
    def mark(self, anime, kind):
        self.store.mark(self.profile.id, anime, kind)
        self.remember({**self.expected, anime: (kind, None)})

    @rule(anime=anime)
    def forget(self, anime):
        self.store.forget(self.profile.id, anime)
        self.remember({a: s for a, s in self.expected.items() if a != anime})

    @rule()
    def undo(self):
        undone = self.store.undo(self.profile.id)
        assert (undone is None) == (not self.history)
        if self.history:
            self.expected = self.history.pop()

    @precondition(lambda self: self.expected)
    @rule()
    def delete_and_restore(self):
        self.store.delete(self.profile.id)
        with pytest.raises(ProfileError, match="no profile"):
            self.store.profile(self.profile.id)
        assert self.store.restore(self.profile.id).entries == len(self.expected)

    @invariant()
    def store_and_model_agree(self):
        if hasattr(self, "store"):
            assert entries_by_anime(self.store, self.profile) == self.expected
            profile = self.store.profile(self.profile.id)
            ratings = [rating for _, rating in self.expected.values() if rating is not None]
            assert profile.ratings == len(ratings)
            assert profile.likes == sum(rating >= 7 for rating in ratings)
            last = self.store.last_change(self.profile.id)
            assert (last is None) == (not self.history)

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()


StoreMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20)
TestStoreMachine = StoreMachine.TestCase


def test_entries_persist_after_closing(url):
    with ProfileStore.open(url) as store:
        profile = store.create("  Ada  ")
        store.rate(profile.id, 5114, 10)
        store.mark(profile.id, 9_999_999, "seen")
    with ProfileStore.open(url) as again:
        assert again.profiles()[0].name == "Ada"
        assert entries_by_anime(again, profile) == {5114: ("rated", 10), 9_999_999: ("seen", None)}
        assert again.entries(profile.id)[0].changed.tzinfo is UTC


def test_entries_come_newest_first(store):
    profile = store.create("Ada")
    for anime in (3, 1, 2):
        store.rate(profile.id, anime, 5)
    assert [entry.anime_id for entry in store.entries(profile.id)] == [2, 1, 3]


def test_undo_returns_the_change_and_reverts_all_of_a_batch(store):
    profile = store.create("Ada")
    store.rate(profile.id, 1, 4)
    store.rate_many(profile.id, {1: 9, 2: 8})
    last = store.last_change(profile.id)
    assert last.anime_ids == (1, 2)
    assert [b and b.rating for b in last.before] == [4, None]
    assert [a.rating for a in last.after] == [9, 8]
    assert store.undo(profile.id) == last
    assert entries_by_anime(store, profile) == {1: ("rated", 4)}


def test_a_duplicate_has_the_entries_and_its_own_history(store):
    profile = store.create("Ada")
    store.rate(profile.id, 1, 4)
    copy = store.duplicate(profile.id, "Ada again")
    assert copy.ratings == 1
    assert store.undo(copy.id) is None
    store.rate(copy.id, 1, 10)
    assert entries_by_anime(store, profile) == {1: ("rated", 4)}


@pytest.mark.parametrize("rating", [0, 11, -1, 7.5, True, "9", None])
def test_a_wrong_rating_is_one_sentence_and_writes_nothing(store, rating):
    profile = store.create("Ada")
    with pytest.raises(ProfileError, match="whole number from 1 to 10"):
        store.rate(profile.id, 1, rating)
    with pytest.raises(ProfileError):
        store.rate_many(profile.id, {2: 8, 3: rating})
    assert store.entries(profile.id) == []


@pytest.mark.parametrize("anime_id", [0, -5, 1.5, True, "1"])
def test_a_wrong_anime_id_is_one_sentence_and_writes_nothing(store, anime_id):
    profile = store.create("Ada")
    with pytest.raises(ProfileError, match="above zero"):
        store.rate(profile.id, anime_id, 8)
    assert store.entries(profile.id) == []


def test_an_unknown_mark_and_an_unknown_profile_are_named(store):
    profile = store.create("Ada")
    with pytest.raises(ProfileError, match="'loved'"):
        store.mark(profile.id, 1, "loved")
    for verb in (
        lambda: store.rate("nobody", 1, 8),
        lambda: store.profile("nobody"),
        lambda: store.delete("nobody"),
        lambda: store.rename("nobody", "x"),
        lambda: store.duplicate("nobody", "x"),
        lambda: store.restore("nobody"),
        lambda: store.undo("nobody"),
    ):
        with pytest.raises(ProfileError, match="no profile nobody"):
            verb()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "nul\0"])
def test_an_invalid_name_is_refused(store, name):
    with pytest.raises(ProfileError, match="1 to 60 characters"):
        store.create(name)
    assert store.profiles() == []


def test_names_are_unique_without_case_among_profiles_that_are_not_deleted(store):
    first = store.create("Zoë")
    with pytest.raises(ProfileError, match="already"):
        store.create("ZOË")
    other = store.create("Ada")
    with pytest.raises(ProfileError, match="already"):
        store.rename(other.id, "zoë")
    store.rename(first.id, "ZOË")
    store.delete(first.id)
    store.create("Zoë")
    with pytest.raises(ProfileError, match="already"):
        store.restore(first.id)
    assert [profile.name for profile in store.profiles()] == ["Ada", "Zoë"]


def test_profiles_deleted_over_30_days_ago_are_removed_with_their_entries(url, monkeypatch):
    with ProfileStore.open(url) as store:
        profile = store.create("Ada")
        store.rate(profile.id, 1, 8)
        store.delete(profile.id)
    with ProfileStore.open(url) as store:
        store.restore(profile.id)
        store.delete(profile.id)
    later = store_module.now() + 31 * 24 * 3600 * 10**6
    monkeypatch.setattr(store_module, "now", lambda: later)
    with ProfileStore.open(url) as store:
        with pytest.raises(ProfileError):
            store.restore(profile.id)
        assert store.entries(profile.id) == []


def test_the_database_refuses_invalid_ratings(store):
    profile = store.create("Ada")
    for kind, rating in (("rated", 11), ("rated", None), ("seen", 5), ("loved", None)):
        values = {"profile_id": profile.id, "anime_id": 1, "kind": kind, "rating": rating}
        with pytest.raises(IntegrityError), store._engine.begin() as connection:
            connection.execute(insert(entries).values(**values, changed=1))


def test_sqlite_uses_wal_and_foreign_keys(store):
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_two_threads_and_two_stores_lose_nothing(url):
    with ProfileStore.open(url) as first, ProfileStore.open(url) as second:
        profile = first.create("Ada")

        def write(store, first):
            for anime in range(first, first + 40):
                store.rate(profile.id, anime, 1 + anime % 10)

        threads = [
            threading.Thread(target=write, args=(store, 1 + 100 * number))
            for number, store in enumerate((first, first, second, second))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert first.profile(profile.id).ratings == 160
        for _ in range(160):
            assert second.undo(profile.id) is not None
        assert first.entries(profile.id) == []


def test_concurrent_ratings_of_one_anime_leave_a_consistent_journal(url):
    with ProfileStore.open(url) as first, ProfileStore.open(url) as second:
        profile = first.create("Ada")

        def write(store, ratings):
            for number in range(60):
                store.rate(profile.id, 1, ratings[number % 2])

        threads = [
            threading.Thread(target=write, args=given_)
            for given_ in ((first, (1, 2)), (second, (3, 4)), (second, (5, 6)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = first.entries(profile.id)[0].rating
        while (change := first.undo(profile.id)) is not None:
            assert change.after[0].rating == after
            after = change.before[0] and change.before[0].rating
        assert first.entries(profile.id) == []


def test_a_write_that_fails_half_way_changes_nothing(store):
    profile = store.create("Ada")
    store.rate(profile.id, 1, 4)

    def refuse(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO changes"):
            raise sqlite3.OperationalError("disk full")

    event.listen(store._engine, "before_cursor_execute", refuse)
    with pytest.raises((ProfileError, sqlite3.OperationalError)):
        store.rate(profile.id, 1, 9)
    event.remove(store._engine, "before_cursor_execute", refuse)
    assert entries_by_anime(store, profile) == {1: ("rated", 4)}
    assert len(store.last_change(profile.id).anime_ids) == 1


def test_a_killed_writer_leaves_a_consistent_journal(url):
    with ProfileStore.open(url) as store:
        profile = store.create("Ada")
    script = (
        "import sys\nfrom recsys.profiles.store import ProfileStore\n"
        "store = ProfileStore.open(sys.argv[1])\nprint('go', flush=True)\n"
        "for n in range(10**6): store.rate(sys.argv[2], 1 + n % 50, 1 + n % 10)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, url, profile.id], stdout=subprocess.PIPE, cwd=ROOT
    )
    process.stdout.readline()
    with ProfileStore.open(url) as store:
        while store.profile(profile.id).ratings < 20:
            assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with ProfileStore.open(url) as store:
        before = entries_by_anime(store, profile)
        assert len(before) >= 20
        assert store.last_change(profile.id) is not None
        while store.undo(profile.id):
            pass
        assert store.entries(profile.id) == []


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be read as one " * 20, b"\x89PNG" * 99]
)
def test_a_file_that_is_not_a_database_is_named_and_unchanged(tmp_path, content):
    path = tmp_path / "profiles.sqlite"
    path.write_bytes(content)
    with pytest.raises(ProfileError, match=r"profiles\.sqlite") as error:
        ProfileStore.open(f"sqlite:///{path}")
    assert "ANIME_PROFILES_URL" in str(error.value)
    assert path.read_bytes() == content


def test_a_database_with_other_tables_is_unchanged(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(ProfileError, match="recipes"):
        ProfileStore.open(f"sqlite:///{path}")
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["recipes"]


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/none/x.sqlite", "magicdb://x/y"])
def test_an_invalid_url_is_one_sentence(url):
    with pytest.raises(ProfileError, match="cannot be opened") as error:
        ProfileStore.open(url)
    assert "\n" not in str(error.value)


def test_a_password_is_never_shown():
    with pytest.raises(ProfileError) as error:
        ProfileStore.open("magicdb://ada:secret@127.0.0.1/x")
    assert "secret" not in str(error.value)


def test_an_in_memory_database_works():
    with ProfileStore.open("sqlite://") as store:
        profile = store.create("Ada")
        store.rate(profile.id, 1, 8)
        assert store.profiles()[0].likes == 1
