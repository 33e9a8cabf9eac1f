"""Page Evaluation: the quality of a model, compared with baselines, with its protocol."""
