"""Settings of a service that takes the tokens and grants of a backend."""

JWT_SECRET = "a-secret-that-the-backend-has-too!"
LOGIN = {"LOGIN": "on", "JWT_SECRET": JWT_SECRET, "JWT_ISSUER": "https://app.example/", "JWT_AUDIENCE": "longshore"}
