"""Checks of the settings, and of what the service depends on: database, Redis, workers, scanners and login."""
