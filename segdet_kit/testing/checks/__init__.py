"""The checks, a file for each kind of thing. Each function raises ``CheckFailure`` and returns nothing."""
