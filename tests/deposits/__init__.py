"""The ledger of deposits, against a real PostgreSQL."""
