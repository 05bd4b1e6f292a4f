"""Documents, fonts and data. Office and OpenDocument files are the smallest ones, without libraries' templates."""

from __future__ import annotations

import sqlite3
import tempfile
from io import BytesIO
from pathlib import Path

import openpyxl
from ebooklib import epub
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tools.detection.samples.archives import zipped

CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
"""DICOM's class of captured pictures (https://dicom.nema.org/medical/dicom/current/output/chtml/part04/sect_B.5.html)."""

XML = '<?xml version="1.0" encoding="UTF-8"?>'
OFFICE = "http://schemas.openxmlformats.org"
PACKAGE = f"{OFFICE}/package/2006"
OPEN = "urn:oasis:names:tc:opendocument:xmlns"
WORDS = "The tram crosses the river."
TEXT_XML = (
    f'<w:document xmlns:w="{OFFICE}/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>'
    "</w:body></w:document>"
)
SLIDES_XML = (
    f'<p:presentation xmlns:p="{OFFICE}/presentationml/2006/main"><p:notesSz cx="6858000" cy="9144000"/>'
    "</p:presentation>"
)


def samples() -> dict[str, bytes]:
    """Return documents by their file names."""
    return (
        _office() | _open_documents() | _fonts() | {"scan.dcm": _dicom(), "data.sqlite": _sqlite(), "page.pdf": _pdf()}
    )


def _office() -> dict[str, bytes]:
    table = openpyxl.Workbook()
    table.active.append([1, "tram"])
    buffer = BytesIO()
    table.save(buffer)
    text = _parts("word/document.xml", "wordprocessingml.document.main", TEXT_XML)
    return {
        "letter.docx": zipped(text),
        # LibreOffice writes the list of types last
        "late.docx": zipped({name: text[name] for name in ("_rels/.rels", "word/document.xml", "[Content_Types].xml")}),
        "slides.pptx": zipped(_parts("ppt/presentation.xml", "presentationml.presentation.main", SLIDES_XML)),
        "table.xlsx": buffer.getvalue(),
    }


def _parts(main: str, kind: str, content: str) -> dict[str, str]:
    """Return the parts of the smallest document (ECMA-376, part 2), in the order of Microsoft's programs."""
    content_type = f"application/vnd.openxmlformats-officedocument.{kind}+xml"
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="{content_type}"/></Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type='
        f'"{OFFICE}/officeDocument/2006/relationships/officeDocument" Target="{main}"/></Relationships>',
        main: XML + content,
    }


def _open_documents() -> dict[str, bytes]:
    found = {}
    for name, kind in {"letter.odt": "text", "table.ods": "spreadsheet", "slides.odp": "presentation"}.items():
        media_type = f"application/vnd.oasis.opendocument.{kind}"
        content = (
            f'{XML}<o:document-content xmlns:o="{OPEN}:office:1.0"><o:body><o:{kind}/></o:body></o:document-content>'
        )
        listed = "".join(
            f'<m:file-entry m:full-path="{path}" m:media-type="{of}"/>'
            for path, of in (("/", media_type), ("content.xml", "text/xml"))
        )
        manifest = f'{XML}<m:manifest xmlns:m="{OPEN}:manifest:1.0" m:version="1.3">{listed}</m:manifest>'
        found[name] = zipped({"mimetype": media_type, "content.xml": content, "META-INF/manifest.xml": manifest})
    book = epub.EpubBook()
    book.set_title("The tram")
    chapter = epub.EpubHtml(title="River", file_name="river.xhtml", content="<p>The tram crosses the river.</p>")
    book.add_item(chapter)
    book.spine = [chapter]
    book.add_item(epub.EpubNcx())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.epub")
        epub.write_epub(str(path), book)
        found["book.epub"] = path.read_bytes()
    return found


def _fonts() -> dict[str, bytes]:
    pen = TTGlyphPen(None)
    for move, point in ((pen.moveTo, (100, 0)), (pen.lineTo, (100, 700)), (pen.lineTo, (400, 0))):
        move(point)
    pen.closePath()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "A": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 100)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Tram", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    found = {}
    for name, flavor in {"font.ttf": None, "font.woff": "woff", "font.woff2": "woff2"}.items():
        buffer = BytesIO()
        builder.font.flavor = flavor
        builder.font.save(buffer)
        found[name] = buffer.getvalue()
    return found


def _dicom() -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CAPTURE
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.PatientName = "Tram^River"
    dataset.PatientID = "1"
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _sqlite() -> bytes:
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA page_size = 512")
    database.execute("CREATE TABLE trams (id INTEGER)")
    return database.serialize()


def _pdf() -> bytes:
    buffer = BytesIO()
    Image.new("L", (8, 8)).save(buffer, "PDF")
    return buffer.getvalue()
