"""What predictions are worth: matching, counting and comparing, on plain arrays."""
