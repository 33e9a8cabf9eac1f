"""Reading ratings: every known export, in made-up rows; each row is used or counted as dropped."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.items_file import read_catalogue, read_items
from recsys.data.ratings_file import has_dates, read_ratings
from recsys.data.table_reader import open_table
from recsys.data.validate import check_folder, find_ratings
from recsys.errors import DataError

EXPORTS = {
    "shafiwalsher": "user_id,anime_id,rating\n1,5,8\n1,6,\n2,5,9\n",
    "CooperUnion": "user_id,anime_id,rating\n1,5,8\n1,6,-1\n2,5,9\n",
    "hernan4444": "user_id,anime_id,rating,watching_status,watched_episodes\n"
    "1,5,8,2,26\n1,6,0,6,0\n2,5,9,2,26\n",
    "azathoth42": "username,anime_id,my_watched_episodes,my_score,my_status\n"
    "1,5,26,8,2\n1,6,0,0,6\n2,5,26,9,2\n",
    "dbdmobile": 'user_id,Username,anime_id,Anime Title,rating\n1,ann,5,"A, B",8\n'
    "1,ann,6,C,UNKNOWN\n2,bob,5,D,9\n",
    "svanoo": "user_id\tanime_id\tscore\n1\t5\t8\n1\t6\tnan\n2\t5\t9\n",
}


def pairs(file):
    table = file.interactions
    return {
        (u, i): r
        for u, i, r in zip(
            table.users.ids[table.rows].tolist(),
            table.items.ids[table.columns].tolist(),
            table.ratings.tolist(),
            strict=True,
        )
    }


def all_rows_counted(report):
    return report.used + sum(report.dropped.values()) == report.read


@pytest.mark.parametrize("name", EXPORTS)
def test_every_known_export_is_read(tmp_path, name):
    path = tmp_path / "ratings.csv"
    path.write_text(EXPORTS[name])
    file = read_ratings(path)
    assert pairs(file) == {(1, 5): 8, (2, 5): 9}
    assert file.report.dropped == {"not_rated": 1}
    assert all_rows_counted(file.report)


def test_parquet_gzip_and_crlf_give_the_same(tmp_path):
    text = EXPORTS["CooperUnion"]
    (tmp_path / "plain.csv").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text.encode()))
    pl.read_csv(text.encode()).write_parquet(tmp_path / "table.parquet")
    for name in ("plain.csv", "packed.csv.gz", "table.parquet"):
        assert pairs(read_ratings(tmp_path / name)) == {(1, 5): 8, (2, 5): 9}, name


def test_plain_lines_and_plain_columns_are_likes_without_ratings(tmp_path):
    (tmp_path / "train.txt").write_text("0 5 6 7\n1 6\n2 \n")
    file = read_ratings(tmp_path / "train.txt")
    assert set(pairs(file)) == {(0, 5), (0, 6), (0, 7), (1, 6)}
    assert np.isnan(file.interactions.ratings).all()
    assert all_rows_counted(file.report)
    pl.DataFrame({"user": [0, 1], "item": [5, 6]}).write_parquet(tmp_path / "t.parquet")
    assert set(pairs(read_ratings(tmp_path / "t.parquet"))) == {(0, 5), (1, 6)}


def test_user_names_stay_text_unless_all_are_integers(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("username,anime_id,my_score\nZoë,5,8\n17,5,9\n")
    assert set(pairs(read_ratings(path))) == {("Zoë", 5), ("17", 5)}
    path.write_text("username,anime_id,my_score\n17,5,8\n18,5,9\n")
    assert set(pairs(read_ratings(path))) == {(17, 5), (18, 5)}


def test_every_dropped_row_is_counted_by_its_reason(tmp_path):
    path = tmp_path / "r.csv"
    rows = ["1,5,8", "1,5,9", "1,6,0", "1,7,11", "1,8,oops", "1,999,5", "1,,5", ",5,5", "1,x,5",
            "1,5.5,5", "2,5,7.5", "2,6,1,extra"]  # fmt: skip
    path.write_text("user_id,anime_id,rating\n" + "\n".join(rows) + "\n")
    file = read_ratings(path, catalogue_ids=np.array([5, 6, 7, 8]))
    assert pairs(file) == {(1, 5): 9, (2, 5): 7.5, (2, 6): 1}
    assert file.report.dropped == {
        "unreadable": 4, "not_rated": 1, "out_of_range": 2, "not_in_catalogue": 1, "duplicate": 1,
    }  # fmt: skip
    assert file.report.read == 12
    assert all_rows_counted(file.report)
    text = "\n".join(file.report.sentences())
    assert "3 of 12 rows are in use" in text
    assert all(str(count) in text for count in file.report.dropped.values())
    assert file.report.to_dict()["dropped"]["duplicate"] == 1


cell = st.one_of(st.integers(-2, 14).map(str), st.sampled_from(["", "nan", "Unknown", "x", "7.5"]))


@given(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=30))
def test_every_row_is_counted_whatever_it_holds(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "r.csv"
    path.write_text("user_id,anime_id,rating\n" + "".join(",".join(row) + "\n" for row in rows))
    try:
        file = read_ratings(path)
    except DataError as error:
        message = str(error)
    else:
        message = "r.csv"
        assert all_rows_counted(file.report)
        assert file.report.read == len(rows)
    assert "r.csv" in message


def unusable_files(folder):
    table = pl.DataFrame({"user_id": [1, 2], "anime_id": [5, 6], "rating": [8, 9]})
    table.write_parquet(folder / "complete.parquet")
    parquet = (folder / "complete.parquet").read_bytes()
    packed = gzip.compress(EXPORTS["CooperUnion"].encode() * 50)
    return {
        "none.csv": None,
        "empty.csv": b"",
        "blank.csv": b"\n\n",
        "header.csv": b"user_id,anime_id,rating\n",
        "cut.parquet": parquet[: len(parquet) // 2],
        "cut.csv.gz": packed[: len(packed) // 2],
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "archive.csv": b"PK\x03\x04" + bytes(200),
        "noise.csv": bytes(np.random.default_rng(0).integers(0, 256, 4000, dtype=np.uint8)),
        "other.csv": b"name,price\nbread,2\n",
        "nouser.csv": b"anime_id,rating\n5,8\n",
        "mostly.csv": b"user_id,anime_id,rating\n1,a,8\n1,b,8\n1,5,8\n",
        "unrated.csv": b"user_id,anime_id,rating\n1,5,0\n1,6,-1\n",
    }


def test_an_unusable_file_is_refused_with_one_sentence_that_names_it(tmp_path):
    for name, content in unusable_files(tmp_path).items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(DataError) as error:
            read_ratings(path)
        assert name in str(error.value), name
        assert "\n" not in str(error.value), name
        if content is not None:
            assert path.read_bytes() == content


ITEMS = {
    "CooperUnion": "anime_id,name,genre,type,episodes,rating,members\n"
    "5,Gintama&#039;,\"Action, Comedy\",TV,51,9.1,100\n6,Nameless,,Movie,Unknown,,7\n",
    "hernan4444": "MAL_ID,Name,Score,Genres,English name,Type,Episodes,Members,Rating\n"
    "5,Gintama&#039;,9.1,\"Action, Comedy\",Gintama Season 2,TV,51,100,PG-13\n"
    "6,Nameless,Unknown,Unknown,Unknown,Movie,Unknown,7,R\n",
    "shafiwalsher": "anime_id,title,genres,type,episodes,score,members\n"
    "5,Gintama',\"Action, Comedy\",TV,51,9.1,100\n6,Nameless,,Movie,,,7\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ITEMS)
def test_every_known_items_file_is_read(tmp_path, name):
    path = tmp_path / "anime.csv"
    path.write_text(ITEMS[name] + ITEMS[name].splitlines()[1] + "\n7,,x,TV,1,2,3\n")
    frame, report = read_items(path)
    rows = {row["anime_id"]: row for row in frame.iter_rows(named=True)}
    assert rows[5]["title"] == "Gintama'"
    assert rows[5]["genres"] == ["Action", "Comedy"]
    assert rows[5]["score"] == pytest.approx(9.1, abs=1e-5)
    assert rows[6]["episodes"] is None
    assert rows[6]["score"] is None
    assert report.dropped == {"no_title": 1, "duplicate_anime": 1}
    assert all_rows_counted(report)


def test_a_folder_is_checked_with_both_of_its_files(tmp_path):
    (tmp_path / "anime.csv").write_text(ITEMS["CooperUnion"])
    (tmp_path / "rating.csv").write_text("user_id,anime_id,rating\n1,5,8\n1,9,8\n2,5,3\n")
    (tmp_path / "notes.txt").write_text("remember the milk\n")
    check = check_folder(tmp_path)
    (ratings,) = check.ratings
    assert (ratings["users"], ratings["anime"], ratings["likes"]) == (2, 1, 1)
    assert ratings["report"]["dropped"] == {"not_in_catalogue": 1}
    assert ratings["anime_without_ratings"] == 1
    assert len(check.unusable) == 1
    assert "notes.txt" in check.unusable[0]
    assert any("2 users" in sentence for sentence in check.sentences())
    assert check.to_dict()["items"]["kept"] == 2


def test_a_folder_without_ratings_is_refused(tmp_path):
    with pytest.raises(DataError, match="no usable ratings"):
        check_folder(tmp_path)
    with pytest.raises(DataError, match="no folder"):
        check_folder(tmp_path / "nowhere")


def test_all_real_ratings_are_read(real_data):
    file = read_ratings(real_data / "anime" / "ratings_all_explicit.parquet")
    assert file.report.used == file.report.read == 844_706
    assert (len(file.interactions.users), len(file.interactions.items)) == (6_807, 15_214)
    core = file.interactions.core(10)
    assert (len(core.users), len(core.items), len(core.likes(7))) == (5_678, 6_337, 650_826)


def gzip_files():
    """A gzip file whose deflate stream is corrupt, one that is cut off, and an empty one."""
    packed = gzip.compress(EXPORTS["CooperUnion"].encode() * 50)
    flipped = bytes(byte ^ 0xFF if 20 <= at < 40 else byte for at, byte in enumerate(packed))
    return {
        "flipped.csv.gz": flipped,
        "cut.csv.gz": packed[:30],
        "empty.csv.gz": gzip.compress(b""),
    }


BOM = "\ufeff".encode()
DAMAGED = {**gzip_files(), "bom.csv": BOM, "bom.csv.gz": gzip.compress(BOM), "zero.csv.gz": b""}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("read", [read_ratings, has_dates, read_items, read_catalogue, open_table])
def test_every_reader_refuses_a_damaged_file_with_one_sentence(tmp_path, name, read):
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    with pytest.raises(DataError, match=name) as error:
        read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("read", [read_ratings, has_dates, read_items, read_catalogue, open_table])
def test_every_reader_refuses_a_file_that_it_may_not_open(tmp_path, monkeypatch, read):
    path = tmp_path / "ratings.csv"
    path.write_text(EXPORTS["CooperUnion"])

    def deny(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    with pytest.raises(DataError, match=r"ratings\.csv cannot be read: access is denied"):
        read(path)


def test_a_damaged_file_does_not_stop_the_check_of_a_folder(tmp_path):
    for name, content in DAMAGED.items():
        (tmp_path / name).write_bytes(content)
    ratings = tmp_path / "ratings.csv"
    ratings.write_text(EXPORTS["CooperUnion"])
    check = check_folder(tmp_path)
    assert [file["ratings"] for file in check.ratings] == [2]
    assert len(check.unusable) == len(DAMAGED)
    for name in DAMAGED:
        assert sum(f"{tmp_path / name} " in sentence for sentence in check.unusable) == 1
    assert find_ratings(tmp_path) == ratings


LARGE = 2**60  # neighbours of 2**60 are one number as floats


@pytest.mark.parametrize("spelling", ["{}", "{}.0", "{}.", " {} "])
def test_large_ids_stay_distinct(tmp_path, spelling):
    ids = [LARGE + 1, LARGE + 2]
    texts = [spelling.format(id_) for id_ in ids]
    path = tmp_path / "table.csv"
    path.write_text("user_id,anime_id,rating\n" + "".join(f"{id_},{id_},8\n" for id_ in texts))
    assert pairs(read_ratings(path)) == {(id_, id_): 8 for id_ in ids}
    path.write_text("anime_id,title\n" + "".join(f"{id_},A\n" for id_ in texts))
    assert read_items(path)[0]["anime_id"].to_list() == ids
    frame = pl.DataFrame({"user_id": ids, "anime_id": ids, "rating": [8, 8]})
    assert pairs(read_ratings(frame)) == {(id_, id_): 8 for id_ in ids}


def test_users_beyond_64_bit_integers_stay_distinct():
    frame = pl.DataFrame(
        {"user_id": [2**64 - 1, 2**63], "anime_id": [5, 5], "rating": [8, 9]},
        schema_overrides={"user_id": pl.UInt64},
    )
    assert pairs(read_ratings(frame)) == {(str(2**64 - 1), 5): 8, (str(2**63), 5): 9}


def test_whole_floats_are_integer_ids(tmp_path):
    pandas = pytest.importorskip("pandas")
    columns = {
        "user_id": [1.0, None, 123.0],
        "anime_id": [5.0, 5.0, 6.0],
        "rating": [8.0, 9.0, 7.0],
    }
    frames = (pandas.DataFrame(columns), pl.DataFrame(columns))
    for frame in frames:
        file = read_ratings(frame)
        assert pairs(file) == {(1, 5): 8, (123, 6): 7}
        assert file.report.dropped == {"unreadable": 1}
    path = tmp_path / "ratings.csv"
    frames[0].to_csv(path, index=False)
    assert "123.0,6.0" in path.read_text()
    assert pairs(read_ratings(path)) == {(1, 5): 8, (123, 6): 7}
    path.write_text("user,anime_id,rating\n123.0,5,8\nann,5,9\nv2.0,1e3,7\n")
    assert pairs(read_ratings(path)) == {("123", 5): 8, ("ann", 5): 9, ("v2.0", 1000): 7}


def test_an_anime_id_with_a_fraction_is_unreadable(tmp_path):
    path = tmp_path / "anime.csv"
    path.write_text("anime_id,title\n5.5,A\n6.0,B\n1e3,C\n99999999999999999999,D\n")
    frame, report = read_items(path)
    assert frame["anime_id"].to_list() == [6, 1000]
    assert report.dropped == {"unreadable": 2}


HEADERS = (
    "userId,movieId,rating,timestamp", "userId,mediaId,score,updatedAt", "userId,animeId,rating,x",
    "User ID,Anime_ID,Score,x", "USER_IDX,item_idx,RATING,x", "user_username,anime_uid,My Score,x",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_column_names_compare_without_case_blanks_and_underscores(tmp_path, header):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{header}\n77,21,0,1\n77,20,8,2\n78,21,9,3\n")
    file = read_ratings(path)
    assert pairs(file) == {(77, 20): 8, (78, 21): 9}
    assert file.report.dropped == {"not_rated": 1}
    assert has_dates(path) == (not header.endswith("x"))
    assert find_ratings(tmp_path) == path


@pytest.mark.parametrize(
    "header",
    [
        "Score,userId,animeId,rating,Rating", "Score,userId,animeId,score,Rating",
        "score,userId,animeId,my_score,Rating", "Score,userId,animeId,My_Score,members",
        "anime_idx,user_idx,anime_id,rating,Rating", "uid,profile,anime_uid,score,link",
    ],
)  # fmt: skip
def test_a_mean_score_an_age_class_and_a_row_number_are_never_taken(tmp_path, header):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{header}\n9,77,21,3,18\n8,78,20,4,10\n")
    assert pairs(read_ratings(path)) == {(77, 21): 3, (78, 20): 4}


@pytest.mark.parametrize("score", ["score", "Score"])
def test_a_score_beside_the_number_of_members_is_no_rating_of_a_user(tmp_path, score):
    path = tmp_path / "ratings.csv"
    path.write_text(f"userId,animeId,{score},Members\n77,21,9.1,1000\n")
    with pytest.raises(DataError, match="mean score of an anime"):
        read_ratings(path)


def test_an_age_class_is_no_mean_score(tmp_path):
    path = tmp_path / "anime.csv"
    path.write_text("ANIME ID,Title,Rating\n5,A,9\n")
    assert "score" not in read_items(path)[0].columns
