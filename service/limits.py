"""Every limit of S3 and of our own API that the code relies on, by name.

S3's own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

MIN_PART_SIZE = 5 * MIB
"""Bytes; every part but the last has at least as many (S3: EntityTooSmall)."""
MAX_PART_SIZE = 5 * GIB
"""Bytes; one UploadPart carries no more (S3: EntityTooLarge)."""
MAX_PARTS = 10_000
"""Part numbers run from 1 to this."""
MAX_OBJECT_SIZE = MAX_PARTS * MAX_PART_SIZE
"""Bytes: 48.8 TiB, what the part limits allow; MAX_UPLOAD_SIZE may not be set above it."""
LIST_PARTS_PAGE = 1_000
"""Parts that one ListParts reply holds at most."""
MAX_DELETE_KEYS = 1_000
"""Keys that one DeleteObjects call takes."""
MAX_VERSION_ID = 1_024
"""Characters of an object version's id (https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html)."""
MAX_URL_TTL = 7 * 24 * 3600
"""Seconds; SigV4 refuses a longer X-Amz-Expires."""

TYPICAL_PARTS = 2_000
"""Chunk sizes grow so that a file needs no more parts than this while LARGE_CHUNK_SIZE suffices."""
LARGE_CHUNK_SIZE = 64 * MIB
"""Bytes; a chunk above it is made only where MAX_PARTS demands it: what is lost to one failure stays small."""
FIRST_CHUNKS = 20
"""Chunks that init and retry sign unasked, so that a small file needs no signing call."""
MAX_CHUNKS_PER_CALL = 1_000
"""Chunks that one signing call may ask for."""

MAX_BODY_SIZE = 4 * MIB
"""Bytes of a request to the API: 10,000 parts with their ETags fit, a file does not belong here."""
MAX_CONTENT_TYPE = 255
"""Characters of a content type, as our rows hold it."""
MAX_ADDRESS_LENGTH = 8190
"""Bytes of a request's first line, gunicorn's most: a search of 255 emoji with its cursor needs 5,000."""
MAX_HEAD_SIZE = 64 * KIB
"""Bytes of a request's first line and headers together."""
RECEIVE_SECONDS = 60.0
"""Seconds in which a whole request, head and body, has to arrive."""
SEND_SECONDS = 10.0
"""Seconds in which a client has to take each piece of an answer."""
MAX_RECEIVED = 64 * MIB
"""Bytes of requests that one API process keeps before they are answered."""
MAX_NAME_LENGTH = 255
"""Characters of a filename, a user's name, an appointment's title, a subject."""
MAX_DETAIL_SIZE = 64 * KIB
"""Bytes of `detail` as JSON."""
MAX_DETAIL_DEPTH = 50
"""Levels of `detail`; MySQL's JSON has at most 100."""
MAX_JSON_DEPTH = 100
"""Levels of a whole JSON body; Python's own parser and writer fail near 1000, each at a different depth."""
MAX_CREDENTIAL_SIZE = 4 * KIB
"""Bytes of a credential as JSON: it has to fit into a header."""
MAX_WEBHOOK_URL = 500
"""Characters."""
MAX_PAGE = 200
"""Rows that one page of a list holds at most."""
DEFAULT_PAGE = 50
MAX_CURSOR = 2_000
"""Characters of a list's cursor; one that stands behind a name holds the name, in UTF-8 and base64."""
