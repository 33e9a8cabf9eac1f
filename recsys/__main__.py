"""``python -m recsys``: the command line."""

from recsys.cli.app import main

main()
