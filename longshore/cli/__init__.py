"""The commands that send, fetch and list files; they stand on the client and know the service by its API alone."""
