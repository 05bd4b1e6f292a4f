"""The parts of the stack that `./dev up` and the live tests run."""
