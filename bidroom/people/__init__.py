"""People: who they are by their certificates, and what they sign."""
