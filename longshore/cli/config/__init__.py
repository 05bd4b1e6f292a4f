"""The configuration of this user: the service's URL and the key, and the folders in which files of the user are."""
