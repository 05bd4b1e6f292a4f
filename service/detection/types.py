"""The types that detection finds: their names, as IANA registers them, and the extensions of their files."""

from __future__ import annotations

EMPTY = "application/x-empty"
TEXT = "text/plain"
HTML = "text/html"
SVG = "image/svg+xml"
XML = "application/xml"
JSON = "application/json"
PHP = "application/x-httpd-php"
SHELL = "application/x-sh"
ZIP = "application/zip"
JAR = "application/java-archive"
APK = "application/vnd.android.package-archive"
EPUB = "application/epub+zip"
WINDOWS_PROGRAM = "application/vnd.microsoft.portable-executable"
ELF = "application/x-executable"
MACH_O = "application/x-mach-binary"
JAVA_CLASS = "application/java-vm"
OLE = "application/x-ole-storage"
WINDOWS_INSTALLER = "application/x-msi"
_OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
DOCX, XLSX, PPTX = (
    _OFFICE + kind for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)

EXTENSIONS = {
    TEXT: "txt",
    HTML: "html",
    SVG: "svg",
    XML: "xml",
    JSON: "json",
    PHP: "php",
    SHELL: "sh",
    "text/x-python": "py",
    "text/x-perl": "pl",
    "text/rtf": "rtf",
    "application/pdf": "pdf",
    "application/postscript": "ps",
    ZIP: "zip",
    JAR: "jar",
    APK: "apk",
    EPUB: "epub",
    DOCX: "docx",
    XLSX: "xlsx",
    PPTX: "pptx",
    OPEN_DOCUMENT + "text": "odt",
    OPEN_DOCUMENT + "spreadsheet": "ods",
    OPEN_DOCUMENT + "presentation": "odp",
    OPEN_DOCUMENT + "graphics": "odg",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    OLE: "ole",
    WINDOWS_INSTALLER: "msi",
    WINDOWS_PROGRAM: "exe",
    ELF: "elf",
    MACH_O: "macho",
    JAVA_CLASS: "class",
    "application/wasm": "wasm",
    "application/x-google-chrome-extension": "crx",
    "application/x-shockwave-flash": "swf",
    "application/vnd.debian.binary-package": "deb",
    "application/x-rpm": "rpm",
    "application/x-archive": "a",
    "application/x-tar": "tar",
    "application/gzip": "gz",
    "application/x-bzip2": "bz2",
    "application/x-xz": "xz",
    "application/zstd": "zst",
    "application/x-lz4": "lz4",
    "application/x-lzip": "lz",
    "application/x-lzop": "lzo",
    "application/x-compress": "Z",
    "application/x-7z-compressed": "7z",
    "application/vnd.rar": "rar",
    "application/vnd.ms-cab-compressed": "cab",
    "application/vnd.sqlite3": "sqlite",
    "application/dicom": "dcm",
    "font/sfnt": "ttf",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/apng": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/jp2": "jp2",
    "image/bmp": "bmp",
    "image/tiff": "tif",
    "image/vnd.adobe.photoshop": "psd",
    "image/vnd.microsoft.icon": "ico",
    "image/x-icns": "icns",
    "image/jxr": "jxr",
    "image/jxl": "jxl",
    "image/vnd.dwg": "dwg",
    "image/x-canon-cr2": "cr2",
    "image/x-xcf": "xcf",
    "image/x-portable-anymap": "pnm",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/x-ms-asf": "wmv",
    "video/mpeg": "mpg",
    "video/mp2t": "ts",
    "video/3gpp": "3gp",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/vnd.wave": "wav",
    "audio/aiff": "aiff",
    "audio/amr": "amr",
    "audio/midi": "mid",
}
"""The extension for files of each type that detection finds, besides empty and unknown ones."""
OTHER_NAMES = {
    "application/font-sfnt": "font/sfnt",
    "font/ttf": "font/sfnt",
    "font/otf": "font/sfnt",
    "application/font-woff": "font/woff",
    "application/rtf": "text/rtf",
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/x-msdownload": WINDOWS_PROGRAM,
    "application/x-dosexec": WINDOWS_PROGRAM,
    "application/x-elf": ELF,
    "application/x-sharedlib": ELF,
    "application/x-pie-executable": ELF,
    "application/x-shellscript": SHELL,
    "text/x-shellscript": SHELL,
    "text/x-php": PHP,
    "text/xml": XML,
    "application/x-deb": "application/vnd.debian.binary-package",
    "application/x-unix-archive": "application/x-archive",
    "application/x-rar-compressed": "application/vnd.rar",
    "application/x-rar": "application/vnd.rar",
    "application/x-sqlite3": "application/vnd.sqlite3",
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": ZIP,
    "application/x-zip": ZIP,
    "application/x-pdf": "application/pdf",
    "application/x-java-archive": JAR,
    "application/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "audio/mp3": "audio/mpeg",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "audio/x-wav": "audio/vnd.wave",
    "audio/wav": "audio/vnd.wave",
    "audio/wave": "audio/vnd.wave",
    "audio/x-aiff": "audio/aiff",
    "audio/x-m4a": "audio/mp4",
    "audio/x-aac": "audio/aac",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/x-midi": "audio/midi",
    "audio/x-ms-wma": "video/x-ms-asf",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/jpx": "image/jp2",
    "image/heif": "image/heic",
    "image/vnd.ms-photo": "image/jxr",
    "image/x-portable-pixmap": "image/x-portable-anymap",
    "image/x-portable-graymap": "image/x-portable-anymap",
    "image/x-portable-bitmap": "image/x-portable-anymap",
    "video/x-m4v": "video/mp4",
    "video/avi": "video/x-msvideo",
    "video/x-matroska": "video/matroska",
    "video/x-ms-wmv": "video/x-ms-asf",
}
"""Other names of these types, by the library, browsers and programs, with ours."""


OTHER_EXTENSIONS = {
    **{"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tiff": "tif", "htm": "html", "xhtml": "html", "mpeg": "mpg"},
    **{
        "m4v": "mp4",
        "heif": "heic",
        "otf": "ttf",
        "oga": "ogg",
        "opus": "ogg",
        "dll": "exe",
        "com": "exe",
        "tgz": "gz",
    },
}
"""Other extensions of these types, with ours."""


def our_name(media_type: str) -> str:
    """Return the name that detection uses for a type; unknown ones are returned unchanged."""
    return OTHER_NAMES.get(media_type, media_type)
