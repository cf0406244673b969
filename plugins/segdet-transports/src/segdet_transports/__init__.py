"""Carriers of sealed bundles for segdet-kit."""
