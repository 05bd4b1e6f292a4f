"""The browser uploads a file straight to storage, then the form submits its id; only its owner gets a link."""

from django import forms
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from documents.models import Document
from longshore import Client
from longshore.client.errors import ApiError

longshore = Client()  # the service in LONGSHORE_URL, with the key in LONGSHORE_TOKEN


class DocumentForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ("file_id",)

    def clean_file_id(self):
        """Refuse files of other users: a form may submit any id."""
        file = stored_file(self.cleaned_data["file_id"])
        if file is None or file.detail != {"user": self.instance.owner.username}:
            raise forms.ValidationError("This user has uploaded no such file.")
        self.instance.filename = file.filename
        return file.id


def page(request):
    if not request.user.is_authenticated:
        return render(request, "page.html")
    form = DocumentForm(request.POST or None, instance=Document(owner=request.user))
    if form.is_valid():
        form.save()
        return redirect("page")
    mine = Document.objects.filter(owner=request.user)
    return render(request, "page.html", {"form": form, "documents": mine, "service": longshore.url})


@require_POST
def log_in(request):
    """Replace this by Django's LoginView."""
    login(request, get_user_model().objects.get_or_create(username=request.POST["user"])[0])
    return redirect("page")


@require_POST
@login_required
def upload_token(request):
    grant = longshore.create_grant(subject="example-django", detail={"user": request.user.username}, expires_in=600)
    return JsonResponse({"token": grant.token})


@login_required
def download(request, file_id):
    document = get_object_or_404(Document, owner=request.user, file_id=file_id)
    file = stored_file(document.file_id)
    return redirect(file.download_url) if file and file.download_url else HttpResponse("Not downloadable.", status=409)


def stored_file(file_id):
    try:
        return longshore.get(str(file_id))
    except ApiError:
        return None  # for example deleted
