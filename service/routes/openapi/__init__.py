"""The API's conventions and what the OpenAPI document shows of them."""
