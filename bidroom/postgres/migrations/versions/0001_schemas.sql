-- One schema a service (bidroom/hall owns hall, and so on): tests/test_tidy.py keeps the borders.
create schema hall;     -- the record of every opening, and what was answered
create schema tenders;  -- what bidders left, sealed
create schema people;   -- staff, challenges, sessions that were revoked
create schema publish;  -- records as they were published
