"""The browser uploads a file straight to storage, then the form submits its id; only its owner gets a link."""

from django import forms
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from documents.models import Document
from longshore import Client

longshore = Client()  # the service in LONGSHORE_URL, with the key in LONGSHORE_TOKEN


class DocumentForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ("file_id",)

    def clean_file_id(self):
        """Refuse files that another user has uploaded: a form may submit any id."""
        file = longshore.get(str(self.cleaned_data["file_id"]))
        if file.detail != {"user": self.instance.owner.get_username()}:
            raise forms.ValidationError("This file is another user's.")
        self.instance.filename = file.filename
        return file.id


def page(request):
    if not request.user.is_authenticated:
        return render(request, "page.html")
    form = DocumentForm(request.POST or None, instance=Document(owner=request.user))
    if form.is_valid():
        form.save()
        return redirect("page")
    documents = Document.objects.filter(owner=request.user)
    return render(request, "page.html", {"form": form, "documents": documents, "service": longshore.url})


@require_POST
def log_in(request):
    """Replace this by Django's LoginView."""
    user, _ = get_user_model().objects.get_or_create(username=request.POST["user"])
    login(request, user)
    return redirect("page")


@require_POST
@login_required
def upload_token(request):
    user = request.user.get_username()
    grant = longshore.create_grant(subject="example-django", detail={"user": user}, max_size=20_000_000, expires_in=600)
    return JsonResponse({"token": grant.token})


@login_required
def download(request, file_id):
    document = get_object_or_404(Document, owner=request.user, file_id=file_id)
    link = longshore.get(str(document.file_id)).download_url
    return redirect(link) if link else HttpResponse("This file is not downloadable.", status=409)
