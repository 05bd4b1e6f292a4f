"""The Postman collection, generated from the OpenAPI document: docs/longshore.postman_collection.json"""
