"""Generated street scenes: what stands and moves there, how a camera sees it, and files of it."""
