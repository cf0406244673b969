"""Carrying sealed files: what a transport must do, what lies beside a file, and what can go wrong."""
