'use client';

import { Uploader } from '@longshore/client';
import { useDropzone, useFile, useUploads } from '@longshore/react';
import { useState } from 'react';

const serviceUrl = () =>
  typeof location === 'undefined' ? '' : (new URLSearchParams(location.search).get('service') ?? '');

export function Files() {
  const [uploader] = useState(() => new Uploader({ endpoint: serviceUrl() }));
  const { uploads, add } = useUploads(uploader);
  const { rootProps } = useDropzone({ onFiles: add });
  const { file } = useFile(uploader, uploads[0]?.file?.id);
  return (
    <>
      <div {...rootProps}>Choose files</div>
      {uploads.map(({ id, name, state }) => (
        <p key={id} data-testid="row">
          {name} {state}
        </p>
      ))}
      {file && (
        <output data-testid="file" data-id={file.id}>
          {file.virus_scan_status}
        </output>
      )}
    </>
  );
}
