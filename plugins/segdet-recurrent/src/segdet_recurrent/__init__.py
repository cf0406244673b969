"""Recurrent context for segdet-kit: necks whose maps are swept by GRUs."""
