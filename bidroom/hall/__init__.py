"""The live hall: the log, the rooms, the people seated in them, the alarm, the bus."""
