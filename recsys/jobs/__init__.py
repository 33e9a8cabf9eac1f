"""Background jobs: training runs, evaluations and maps, each with its own process and folder."""
