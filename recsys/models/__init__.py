"""The graph, LightGCN, losses, negative sampling, and checkpoints on disk."""
