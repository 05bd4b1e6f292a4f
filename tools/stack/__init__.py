"""The parts that `./dev up` and the live tests run."""
