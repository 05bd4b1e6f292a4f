"""Random requests, made of the API's own description, against a running service: it keeps to what it says"""
