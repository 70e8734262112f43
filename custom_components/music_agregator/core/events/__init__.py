"""Events: the journal writes them, the bus carries them, the history keeps them."""
