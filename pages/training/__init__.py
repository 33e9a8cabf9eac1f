"""The page Training: start a run, watch it learn, compare runs, use what was learned."""
