"""Clients that generators make of the OpenAPI document, each with a program that uploads a file."""
