"""What the hall publishes: the record (开标记录) as JSON and PDF, and its verifier."""
