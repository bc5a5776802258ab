"""Test vectors that hold both implementations to the same bytes, refusals included."""
