"""HTTP for all routes: bodies, errors, hosts, CORS, authentication, request logs."""
