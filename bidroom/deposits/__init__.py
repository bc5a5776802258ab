"""Deposits (投标保证金): a side service that owns the schema `deposits` and knows no other's.

So far the ledger: `ledger.py` says what may be posted, purely; the schema (migration 0020) enforces
the same in PostgreSQL; `bookkeeper.py` posts for many callers in few commits; `days.py` recomputes
the chain of days.
"""
