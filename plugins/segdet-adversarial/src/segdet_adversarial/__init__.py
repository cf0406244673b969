"""Adversarial training of semantic segmenters, as a plugin of segdet-kit."""
