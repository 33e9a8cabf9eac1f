"""Id maps: a bijection of the given ids; other ids are unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.errors import DataError

ids = st.one_of(
    st.lists(st.integers(-(2**60), 2**60), unique=True, max_size=30),
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
        unique=True,
        max_size=20,
    ),
)


@given(ids)
def test_rows_and_ids_are_inverse(given_ids):
    names = IdMap(given_ids)
    assert len(names) == len(given_ids)
    rows = names.rows(given_ids)
    assert rows.tolist() == list(range(len(given_ids)))
    assert names.ids[rows].tolist() == given_ids


@given(st.sets(st.integers(0, 50)), st.lists(st.integers(0, 50)))
def test_unknown_ids_give_minus_one_in_find_and_an_error_in_rows(known, wanted):
    names = IdMap(sorted(known))
    rows = names.find(np.array(wanted, dtype=np.int64))
    assert [row >= 0 for row in rows.tolist()] == [id_ in known for id_ in wanted]
    if set(wanted) - known:
        with pytest.raises(DataError, match="is not among the"):
            names.rows(np.array(wanted))


def test_a_number_is_never_equal_to_its_text():
    assert IdMap([1, 2]).find(np.array(["1", "2"])).tolist() == [-1, -1]
    assert IdMap(["1", "2"]).find(np.array([1, 2])).tolist() == [-1, -1]
    assert 1 in IdMap([1])
    assert "1" not in IdMap([1])


def test_a_repeated_id_is_refused_and_named():
    with pytest.raises(DataError, match="The id 7 occurs twice"):
        IdMap([7, 3, 7])


def test_a_map_cannot_be_changed():
    names = IdMap([1, 2])
    with pytest.raises(ValueError, match="read-only"):
        names.ids[0] = 9
    assert names == IdMap([1, 2])
    assert hash(names) == hash(IdMap([1, 2]))
    assert names != IdMap([2, 1])
    assert names.take(np.array([1])).ids.tolist() == [2]
