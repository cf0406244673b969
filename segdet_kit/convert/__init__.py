"""Data sets in other layouts: what a data set reads, written again, one format a file."""
