"""Frame of every page: navigation, theme, notices, error boundary, and side bar."""

from __future__ import annotations

import streamlit as st

from pages.shared.theme import apply_theme

st.set_page_config(page_title="Anime by taste", page_icon=":material/style:", layout="wide")
PAGES = [
    st.Page("profile/page.py", title="Profile", url_path="profile", icon=":material/person:"),
    st.Page(
        "recommendations/page.py",
        title="Recommendations",
        url_path="recommendations",
        icon=":material/auto_awesome:",
    ),
    st.Page("map/page.py", title="Map", url_path="map", icon=":material/map:"),
    st.Page(
        "training/page.py", title="Training", url_path="training", icon=":material/monitoring:"
    ),
    st.Page(
        "evaluation/page.py",
        title="Evaluation",
        url_path="evaluation",
        icon=":material/straighten:",
    ),
]
# Streamlit serves its default page only at "/"; a second entry keeps the address /profile.
LANDING = st.Page("profile/page.py", title="Profile", default=True, visibility="hidden")
page = st.navigation([LANDING, *PAGES], position="hidden")
apply_theme()
st.sidebar.markdown("#### Anime by taste")


def draw() -> None:
    """Draw everything that needs the library, which a new server is still importing."""
    from pages.shared.error_boundary import error_boundary  # noqa: PLC0415 - the first text does not wait
    from pages.shared.markdown import escape_markdown  # noqa: PLC0415 - as above
    from pages.shared.prefetch import prefetch_charts  # noqa: PLC0415 - as above
    from pages.shared.rerun_cache import rerun_cache  # noqa: PLC0415 - as above
    from pages.shared.session import (  # noqa: PLC0415 - as above
        current_profile,
        identify_session,
        take_notices,
    )
    from pages.shared.sidebar import draw_links, draw_sidebar  # noqa: PLC0415 - as above

    with error_boundary(), rerun_cache():
        identify_session()
        with error_boundary():
            current_profile()  # an unknown id leaves the URL before the links copy it
        with error_boundary():
            draw_links(PAGES)
        for sentence in take_notices():
            st.warning(escape_markdown(sentence), icon=":material/info:")
        with error_boundary():
            page.run()
        with error_boundary():
            draw_sidebar()
        prefetch_charts()


draw()
