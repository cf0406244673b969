"""Cityscapes, generated street scenes, video, cameras and tracking for segdet-kit."""
