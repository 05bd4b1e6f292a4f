"""Fuzz tests: random requests from the OpenAPI document against a running service"""
