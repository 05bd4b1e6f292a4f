"""A seeded random run with everything real and everything killed: nothing is lost, doubled, stuck or falsely clean."""
