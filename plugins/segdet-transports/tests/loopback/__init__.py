"""Real servers on this machine, and a wire between that can be cut."""
