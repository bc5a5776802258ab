"""The public log: signed heads of every opening's record, proofs, and witnesses."""
