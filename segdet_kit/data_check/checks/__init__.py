"""One kind of fault a file: each has functions of a ``Subject`` that yield findings."""
