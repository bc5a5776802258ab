"""Deposits (投标保证金): a side service that owns the schema `deposits` and knows no other's.

So far the ledger: `ledger.py` says what may be posted, purely; the schema (migration 0009) enforces
the same in PostgreSQL; `bookkeeper.py` posts for many callers in few commits; `days.py` recomputes
the chain of days. And the reading of banks' files: `camt.py` (ISO 20022) and `exports.py` (CSV of
Chinese banks) give the lines of `statements.py`, or a reason why not; `matching.py`
says whose deposit a line is. Nothing joins them to the ledger yet.
"""
