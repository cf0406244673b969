"""Images that are larger than memory: cutting them into overlapping tiles, and joining what is found."""
