"""Models: LightGCN with its graph, kernels and losses, the baselines, and checkpoints."""
