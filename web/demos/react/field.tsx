/** @jsxImportSource react */
import { useFile, useUpload } from '@longshore/react';
import type { ChangeEvent } from 'react';
import { uploader } from '../uploader';

export function Field() {
  const { upload, start, retry } = useUpload(uploader);
  const { state, file } = useFile(uploader, upload?.file?.id);

  function choose({ currentTarget: input }: ChangeEvent<HTMLInputElement>) {
    if (input.files?.[0]) start(input.files[0]);
    input.value = ''; // otherwise choosing the same file again is no change
  }

  return (
    <>
      <label>
        A file <input type="file" onChange={choose} />
      </label>
      {upload && <progress aria-label={upload.name} value={upload.progress.sent} max={upload.size} />}
      <p role="status">
        {upload?.error?.message ?? (state === 'none' ? upload?.state : state)} {file?.virus_scan_status}
      </p>
      {upload?.canRetry && <button onClick={retry}>Try again</button>}
      {file?.download_url && <a href={file.download_url}>{file.filename}</a>}
    </>
  );
}
