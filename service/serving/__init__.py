"""How gunicorn serves requests: its worker, and where a request ends."""
