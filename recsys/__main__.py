"""``python -m recsys``: the library's verbs in a terminal."""

from recsys.cli.app import main

main()
