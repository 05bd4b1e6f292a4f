from django.conf import settings
from django.db import models


class Document(models.Model):
    """A file in storage, and the user who may see it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    file_id = models.UUIDField(unique=True)
    filename = models.CharField(max_length=255)
