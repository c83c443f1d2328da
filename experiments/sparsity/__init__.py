"""Sparsity: how few units are active, what that costs or saves, and what silence has to do with pruning."""
