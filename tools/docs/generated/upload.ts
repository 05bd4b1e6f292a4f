// Uploads the file in $FILE with types from the OpenAPI document, and waits until it is served; prints it with its content.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

const { LONGSHORE_URL = '', FILE = '' } = process.env;
const api = createClient<paths>({ baseUrl: LONGSHORE_URL });
const bytes = readFileSync(FILE);

function data<E extends { data: unknown }>({ data, error }: { data?: E; error?: unknown }): E['data'] {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data.data;
}

const { upload_id, file_id } = data(
  await api.POST('/api/v1/file/upload/init/', { body: { filename: basename(FILE), size: bytes.length } }),
);
const resumed = data(await api.POST('/api/v1/file/upload/retry', { body: { upload_id } }));
if (!('missing' in resumed) || resumed.missing.length !== 1) throw new Error(JSON.stringify(resumed));
const { chunks } = data(
  await api.POST('/api/v1/file/upload/chunk/', { body: { upload_id, chunks: [{ chunk_index: 0 }] } }),
);
for (const { url, method, headers } of chunks) {
  const reply = await fetch(url, { method, headers, body: bytes });
  if (!reply.ok) throw new Error(await reply.text());
}
data(
  await api.POST('/api/v1/file/upload/complete/', {
    body: {
      upload_id,
      filename: basename(FILE),
      content_type: 'text/plain',
      total_size: bytes.length,
      total_chunks: 1,
    },
  }),
);
const path = { file_id };
while (data(await api.GET('/api/v1/file/status/{file_id}', { params: { path } })).stage !== 'ready') {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const file = data(await api.GET('/api/v1/file/get/{file_id}', { params: { path } }));
const content = await (await fetch(file.download_url ?? '')).text();
console.log(JSON.stringify({ file, content }));
