"""The API's conventions and the OpenAPI document."""
