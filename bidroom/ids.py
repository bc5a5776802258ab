"""The only place that makes ids, nonces and salts; everything else is given them.

All of it comes from the operating system's generator (`secrets`), so that an id may also be a
secret: whoever guesses one must guess 128 bits or more.
"""

from __future__ import annotations

import secrets

NONCE_BYTES = 32
SALT_BYTES = 32


def new_id() -> str:
    """An id of 128 random bits: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def nonce() -> bytes:
    """32 random bytes that are used once: a challenge, a ticket, a session."""
    return secrets.token_bytes(NONCE_BYTES)


def salt() -> bytes:
    """32 random bytes that make the hash of a short entry tell nothing about it."""
    return secrets.token_bytes(SALT_BYTES)


def random_bytes(size: int) -> bytes:
    """`size` random bytes, for callers that take their entropy as an argument (crypto/)."""
    return secrets.token_bytes(size)
