"""Attention and residual blocks for segdet-kit."""
