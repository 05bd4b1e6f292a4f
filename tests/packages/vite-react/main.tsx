import { Uploader } from '@longshore/client';
import { useDropzone, useFile, useUploads } from '@longshore/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

const uploader = new Uploader({ endpoint: new URLSearchParams(location.search).get('service') ?? '' });

function Files() {
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

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Files />
  </StrictMode>,
);
