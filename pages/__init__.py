"""The Streamlit app: pages draw, ``pages.shared`` adapts, ``recsys`` knows."""
