"""The Recommendations page in each of its states."""

import pytest
from drawn import grid, texts

from recsys.data.catalogue import Catalogue
from recsys.paths import catalogue_path

PAGE = "recommendations"
LIKES = {1: 9, 5114: 10, 9253: 8, 457: 9}


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load(catalogue_path())


@pytest.fixture
def profile(store):
    made = store.create("Me")
    store.rate_many(made.id, LIKES)
    return made.id


def ids(app):
    return [card["id"] for card in grid(app, "list")["cards"]]


def test_the_list_is_full_new_and_every_title_has_genres_and_reasons(show, profile):
    app = show(PAGE, profile=profile)
    assert not app.exception
    cards = grid(app, "list")["cards"]
    assert len(cards) == 24
    assert not {card["id"] for card in cards} & set(LIKES)
    for card in cards:
        assert card["title"]
        assert card["genres"]
        assert 2 <= len(card["because"]) <= 4
        assert "popularity" not in card["because"][0]["label"]
        assert all("%" in reason["text"] for reason in card["because"])
    assert "Based on your 4 ratings." in texts(app)


def test_without_a_profile_it_is_a_popularity_list_and_says_so(show):
    app = show(PAGE)
    assert len(ids(app)) == 24
    assert "No likes yet (ratings of 7 or more): showing popular titles." in texts(app)


def test_with_dislikes_alone_too(show, store):
    made = store.create("Hard to please")
    store.rate_many(made.id, {1: 1, 5114: 2})
    app = show(PAGE, profile=made.id)
    assert "No likes yet (ratings of 7 or more): showing popular titles." in texts(app)
    assert not {1, 5114} & set(ids(app))


def test_what_is_hidden_seen_or_not_interesting_does_not_come_back(show, store, profile):
    first = ids(show(PAGE, profile=profile))
    for anime_id, kind in zip(first, ("hidden", "seen", "not_interested"), strict=False):
        store.mark(profile, anime_id, kind)
    after = ids(show(PAGE, profile=profile))
    assert len(after) == 24
    assert not set(first[:3]) & set(after)


def test_filters_narrow_the_list_and_keep_it_full(show, profile, catalogue):
    app = show(PAGE, profile=profile)
    app.multiselect(key="in").set_value(["Romance"]).run()
    app.multiselect(key="out").set_value(["Comedy"]).run()
    app.slider(key="years").set_value((2000, 2015)).run()
    listed = [catalogue.get(anime_id) for anime_id in ids(app)]
    assert len(listed) == 24
    for anime in listed:
        tags = {*anime.genres, *anime.themes, *anime.demographics}
        assert "Romance" in tags
        assert "Comedy" not in tags
        assert 2000 <= anime.year <= 2015


def test_types_and_members_filter_too(show, profile, catalogue):
    app = show(PAGE, profile=profile)
    app.select_slider(key="members").set_value(100_000).run()
    app.button_group(key="types").set_value(["Movie"]).run()
    listed = [catalogue.get(anime_id) for anime_id in ids(app)]
    assert len(listed) == 24
    assert all(anime.type == "Movie" and anime.members >= 100_000 for anime in listed)


def test_niche_is_less_known_than_familiar(show, profile, catalogue):
    app = show(PAGE, profile=profile)

    def members(value):
        app.select_slider(key="familiar").set_value(value).run()
        return sum(catalogue.get(anime_id).members or 0 for anime_id in ids(app))

    assert members(-1.0) < members(0.0) < members(1.0)


def test_adult_titles_are_off_and_counted_until_they_are_asked_for(show, store, catalogue):
    adult = [
        int(id_)
        for id_, is_adult, members in zip(
            catalogue.ids.ids, catalogue.is_adult, catalogue.members, strict=True
        )
        if is_adult and members > 20_000
    ]
    made = store.create("Me")
    store.rate_many(made.id, dict.fromkeys(adult[:8], 9))
    app = show(PAGE, profile=made.id)
    assert not any(catalogue.get(anime_id).is_adult for anime_id in ids(app))
    assert "hidden" in texts(app)
    app.toggle(key="adult").set_value(True).run()
    assert any(catalogue.get(anime_id).is_adult for anime_id in ids(app))
    assert "hidden" not in texts(app)


def test_one_per_franchise_unless_all_are_asked_for(show, profile, catalogue):
    app = show(PAGE, profile=profile)
    franchises = [catalogue.get(anime_id).franchise for anime_id in ids(app)]
    assert len(set(franchises)) == 24
    app.toggle(key="franchise").set_value(False).run()
    assert len({catalogue.get(anime_id).franchise for anime_id in ids(app)}) < 24


def test_the_url_holds_the_filters(show, profile):
    app = show(PAGE, profile=profile)
    app.select_slider(key="familiar").set_value(0.5).run()
    again = show(PAGE, profile=profile, familiar="more familiar, 50%")
    assert ids(again) == ids(app)


def test_filters_that_nothing_passes_say_what_to_do(show, profile):
    app = show(PAGE, profile=profile)
    app.multiselect(key="in").set_value(["Romance"]).run()
    app.multiselect(key="out").set_value(["Romance"]).run()
    drawn = grid(app, "list")
    assert drawn["cards"] == []
    assert drawn["empty"]["title"] == "No title matches your filters"
    assert not app.exception


def test_a_new_rating_marks_what_rose_fell_and_came(show, store, profile):
    app = show(PAGE, profile=profile)
    assert {card["move"] for card in grid(app, "list")["cards"]} == {""}
    store.rate(profile, 19, 10)
    app.run()
    moves = {card["move"].split()[0] for card in grid(app, "list")["cards"] if card["move"]}
    assert "new" in moves
    assert moves & {"rose", "fell"}


def test_ratings_of_titles_outside_the_model_are_counted(show, store, profile):
    store.rate(profile, 9_999_999, 9)
    assert (
        "1 of your ratings is for titles that this model does not cover; it is saved but not used."
        in texts(show(PAGE, profile=profile))
    )
    store.rate(profile, 9_999_998, 9)
    assert "2 of your ratings are for titles that this model does not cover" in texts(
        show(PAGE, profile=profile)
    )


@pytest.mark.parametrize("value", ["100000", "On 100,000 lists", "100,000 people’s lists"])
def test_a_bookmark_of_the_members_filter_works_in_every_wording(show, profile, value):
    app = show(PAGE, profile=profile, members=value)
    assert not app.exception
    assert app.select_slider(key="members").value == 100_000
    app.run()
    assert app.select_slider(key="members").value == 100_000


@pytest.mark.parametrize(
    "wrong",
    [{"familiar": "x"}, {"years": "abc"}, {"in": "Nonsense"}, {"members": "-3"}, {"types": "Boat"}],
    ids=str,
)
def test_a_wrong_value_in_the_url_is_as_if_it_were_not_there(show, profile, wrong):
    app = show(PAGE, profile=profile, **wrong)
    assert not app.exception
    assert ids(app) == ids(show(PAGE, profile=profile))
