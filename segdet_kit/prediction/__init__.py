"""What a model sees, written: of images one by one, and of streams frame by frame."""
