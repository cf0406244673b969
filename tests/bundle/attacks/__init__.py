"""Mutants of bundles: by outsiders, by recipients, and by trusted signers' mistakes."""
