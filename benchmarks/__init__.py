"""Side-by-side measurements; their results as files with the command that made them."""
