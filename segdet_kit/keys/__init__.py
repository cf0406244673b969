"""Keys: the user's own, whose secrets are locked by passphrases, and those of others that they trust."""
