"""The database: one PostgreSQL, our own embedded one or any that DATABASE_URL names."""
