"""Background jobs: training runs, evaluations and maps, each in a process and a folder of its own."""
