"""The tender box: what bidders leave before the deadline, and what becomes of it."""
