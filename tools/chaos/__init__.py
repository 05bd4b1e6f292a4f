"""A seeded random run in which real parts are killed: nothing may be lost, duplicated, stuck or falsely clean."""
