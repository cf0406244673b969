"""Sealed bundles: a model as one encrypted and signed file. Encryption and signatures come from libraries."""
