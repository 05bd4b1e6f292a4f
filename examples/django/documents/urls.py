from django.urls import path

from documents import views

urlpatterns = [
    path("", views.page, name="page"),
    path("login", views.log_in, name="login"),
    path("uploads/token", views.upload_token, name="upload-token"),
    path("documents/<uuid:file_id>", views.download, name="download"),
]
