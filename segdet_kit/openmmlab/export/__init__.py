"""Trained models as graphs that run without OpenMMLab, written by exporters and checked beside torch."""
