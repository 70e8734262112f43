"""What is kept: tables, the Database port, and the queries by subject."""
