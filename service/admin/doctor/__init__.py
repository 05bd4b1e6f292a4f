"""`longshore doctor`: check a deployment from inside and outside, and recommend changes."""
