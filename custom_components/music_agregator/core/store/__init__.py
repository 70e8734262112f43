"""Store: the tables, the Database port, and the queries by subject."""
