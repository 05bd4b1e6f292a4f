"""`./dev check`, `./dev test`, `./dev mutants`, and what they install."""
