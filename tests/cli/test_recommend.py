"""``recommend``: odd values of its options end in one sentence."""

import pytest

from recsys.cli.app import main


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr("sys.argv", ["recsys", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code, " ".join(captured.err.split())

    return call


@pytest.fixture
def ratings(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("user_id,anime_id,rating\n1,1,8\n1,5,9\n2,1,7\n")
    return path


@pytest.mark.parametrize("liked", ["9" * 20, "1,²", "0", "-3", "", "1;5", "1e3", "١"])
def test_an_odd_list_of_ids_is_one_sentence(run, liked):
    code, error = run("recommend", f"--liked={liked}")
    assert code in {1, 2}
    assert "takes whole numbers above zero" in error


@pytest.mark.parametrize("user", ["²", "--5", "-", "", "1.0", "9" * 20, "one"])
def test_an_odd_user_of_a_file_with_numbers_is_one_sentence(run, ratings, user):
    code, error = run("recommend", f"--user={user}", "--ratings", ratings)
    assert code == 1
    assert "is not a number of a user" in error
    assert str(ratings) in error.replace(" ", "")


@pytest.mark.parametrize("user", ["-5", "7", "9" * 18])
def test_an_unknown_user_is_one_sentence(run, ratings, user):
    code, error = run("recommend", f"--user={user}", "--ratings", ratings)
    assert code == 1
    assert f"There is no user {user}" in error
