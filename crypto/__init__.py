"""The sealed tender (SEAL/1): sealing, accepting, opening. Bytes in, bytes out; stands alone."""
