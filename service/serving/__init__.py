"""gunicorn's worker class, and the detection of complete requests."""
