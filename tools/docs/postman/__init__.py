"""A Postman collection, made of the OpenAPI document: docs/longshore.postman_collection.json"""
