"""Every limit of S3 and of our own API that the code relies on, by name.

S3's own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from datetime import timedelta

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

MIN_PART_SIZE = 5 * MIB
"""Minimum bytes of every part but the last (S3: EntityTooSmall)."""
MAX_PART_SIZE = 5 * GIB
"""Maximum bytes of a part (S3: EntityTooLarge)."""
MAX_PARTS = 10_000
"""The highest part number; the lowest is 1."""
MAX_OBJECT_SIZE = MAX_PARTS * MAX_PART_SIZE
"""Bytes: 48.8 TiB, by the limits of parts; the maximum of MAX_UPLOAD_SIZE."""
LIST_PARTS_PAGE = 1_000
"""Maximum parts in a ListParts reply."""
MAX_DELETE_KEYS = 1_000
"""Maximum keys of a DeleteObjects call."""
MAX_OBJECT_KEY = 1_024
"""Bytes of a key in UTF-8 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)."""
MAX_VERSION_ID = 1_024
"""Characters of an object version's id (https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html)."""
MAX_URL_TTL = 7 * 24 * 3600
"""Seconds; SigV4 refuses a longer X-Amz-Expires."""
SLOW_PUT = timedelta(days=1)
"""For how long a PUT that began before the end of its URL may take."""

TYPICAL_PARTS = 2_000
"""Chunk sizes grow so that a file needs no more parts than this while LARGE_CHUNK_SIZE suffices."""
LARGE_CHUNK_SIZE = 64 * MIB
"""Bytes; chunks are larger only if MAX_PARTS requires it, so that one failure costs little."""
FIRST_CHUNKS = 20
"""Chunks that init and retry sign without a request, so that a small file needs no signing call."""
MAX_CHUNKS_PER_CALL = 1_000
"""Maximum chunks of a signing call."""

MAX_BODY_SIZE = 4 * MIB
"""Maximum bytes of a request to the API: 10,000 parts with their ETags fit; files go to storage."""
MAX_CONTENT_TYPE = 255
"""Maximum characters of a content type, the width of our column."""
MAX_ADDRESS_LENGTH = 8190
"""Bytes of a request's first line, gunicorn's maximum: a search of 255 emoji with its cursor needs 5,000."""
MAX_HEAD_SIZE = 64 * KIB
"""Bytes of a request's first line and headers together."""
RECEIVE_SECONDS = 60.0
"""Seconds in which a whole request, head and body, must arrive."""
SEND_SECONDS = 10.0
"""Seconds in which a client must accept each piece of a response."""
MAX_RECEIVED = 64 * MIB
"""Bytes of requests that one API process keeps before they are answered."""
MAX_NAME_LENGTH = 255
"""Characters of a filename, a user's name, an appointment's title, a subject."""
MAX_PATH_NAME, MAX_FOLDER_DEPTH = 1_024, 32
"""Characters of a folder's path, and names in it; each name has at most MAX_NAME_LENGTH."""
MAX_REASON = 400
"""Characters of an operator's reason: the audit log stores 500, with what was done."""
MAX_DETAIL_SIZE = 64 * KIB
"""Bytes of `detail` as JSON."""
MAX_DETAIL_DEPTH = 50
"""Levels of `detail`; MySQL's JSON has at most 100."""
MAX_INDEXED_KEYS, MAX_INDEXED_KEY = 8, 64
"""Keys of `detail` that a policy can index, and characters of each: each one costs a file a row."""
MAX_INDEXED_VALUE = 1_000
"""Characters of a value of `detail` by which files can be found."""
MAX_DETAIL_FILTERS = 5
"""Values of `detail` in one query: each but the first is looked up for every file that is examined."""
MAX_JSON_DEPTH = 100
"""Levels of a whole JSON body; Python's own parser and writer fail near 1000, each at a different depth."""
MAX_CREDENTIAL_SIZE = 4 * KIB
"""Maximum bytes of a credential as JSON: it must fit into a header."""
MAX_WEBHOOK_URL = 500
"""Characters."""
MAX_PAGE = 200
"""Maximum rows in a page of a list."""
DEFAULT_PAGE = 50
MAX_CURSOR = 2_000
"""Maximum characters of a list's cursor; in a list by name it contains a name, in UTF-8 and base64."""
MAX_GRANT_COUNT = 10_000
"""Uploads of one grant."""
MAX_GRANT_TTL = 31 * 24 * 3600
"""Seconds for which a grant can be valid."""
MAX_GRANT_TYPES = 100
"""Content types of a grant."""
MAX_DECIDED_IDS = 1_000
"""Files that one decision can name; a filter has no such limit."""
MAX_EVENT_RECORDS = 100
"""Records of one request with storage's events; storage sends one."""
DECIDED_AT_ONCE = 100
"""Named files that are decided within the request; more are left to the sweeper."""
MAX_LINK_TTL = 366 * 24 * 3600
"""Seconds for which a link to a file can be valid."""
DEFAULT_LINK_TTL = 7 * 24 * 3600
MAX_LINK_DOWNLOADS = 1_000_000
"""The highest limit of a link's downloads."""
MIN_LINK_PASSWORD, MAX_LINK_PASSWORD = 4, 255
"""Characters."""
