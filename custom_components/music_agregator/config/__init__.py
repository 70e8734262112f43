"""Config: the flows, the options, and the settings that are made of them."""
