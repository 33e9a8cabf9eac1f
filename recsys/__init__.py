"""LightGCN recommendations: data, model, evaluation, serving, training and profiles.

A plain library: it draws nothing, prints nothing and keeps no state at module level. Import what
you need from the subpackages; importing ``recsys`` alone costs nothing.
"""
