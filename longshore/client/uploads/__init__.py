"""Uploads of files and streams: open or resume one, sign its chunks ahead, and send them in parallel."""
