"""Adopt objects of other programs: they become files where they lie, and are never copied, moved or renamed."""
