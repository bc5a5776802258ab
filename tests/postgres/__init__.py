"""The embedded server, the pool and the migrations, on real processes."""
