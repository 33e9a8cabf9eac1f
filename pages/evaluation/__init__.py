"""The page Evaluation: how good a model is, against what, and how it was measured."""
