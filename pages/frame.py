"""The frame around every page: the page list, the side bar, what must be told, and the theme."""

from __future__ import annotations

import streamlit as st

from pages.shared.problems import guarded
from pages.shared.session import take_notices
from pages.shared.sidebar import draw_sidebar
from pages.shared.theme import apply_theme

st.set_page_config(page_title="Anime by taste", page_icon="🎴", layout="wide")
PAGES = [
    st.Page("profile/page.py", title="Profile", url_path="profile", icon=":material/person:"),
    st.Page(
        "recommendations/page.py",
        title="Recommendations",
        url_path="recommendations",
        icon=":material/auto_awesome:",
    ),
]
# Streamlit serves its default page at "/" alone; a second entry keeps the address /profile alive.
LANDING = st.Page("profile/page.py", title="Profile", default=True, visibility="hidden")
page = st.navigation([LANDING, *PAGES], position="hidden")
apply_theme()
with guarded():
    draw_sidebar(PAGES)
for sentence in take_notices():
    st.warning(sentence, icon=":material/info:")
with guarded():
    page.run()
