"""`longshore doctor`: checks a deployment from the outside and from the inside, and says what to change."""
