"""Upload the file in $FILE by a client from the OpenAPI document, wait until it is served; print it with its bytes."""

import json
import os
import time
from pathlib import Path
from uuid import UUID

import httpx
from longshore_client import Client
from longshore_client.api.files import get_file, get_file_status
from longshore_client.api.uploads import complete_upload, init_upload, retry_upload, sign_chunks
from longshore_client.models import ChunkBody, CompleteBody, InitBody, RetryUploadBody, SignManyBody

file = Path(os.environ["FILE"])
api = Client(base_url=os.environ["LONGSHORE_URL"])
body = file.read_bytes()

opened = init_upload.sync(client=api, body=InitBody(filename=file.name, size=len(body))).data
resumed = retry_upload.sync(client=api, body=RetryUploadBody(upload_id=opened.upload_id)).data
if resumed.missing != [0]:
    raise SystemExit(f"not one missing chunk: {resumed}")
wish = SignManyBody(upload_id=opened.upload_id, chunks=[ChunkBody(chunk_index=0)])
for chunk in sign_chunks.sync(client=api, body=wish).data.chunks:
    headers = chunk.headers.to_dict()
    httpx.request(chunk.method, chunk.url, content=body, headers=headers).raise_for_status()
complete_upload.sync(
    client=api,
    body=CompleteBody(
        upload_id=opened.upload_id,
        filename=file.name,
        content_type="text/plain",
        total_size=len(body),
        total_chunks=1,
    ),
)
file_id: UUID = opened.file_id
while get_file_status.sync(file_id, client=api).data.stage != "ready":
    time.sleep(0.1)
served = get_file.sync(file_id, client=api).data
print(json.dumps({"file": served.to_dict(), "content": httpx.get(served.download_url).text}))
