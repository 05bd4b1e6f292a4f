/** @jsxImportSource react */
import { useDropzone, useUploads } from '@longshore/react';
import { uploader } from '../uploader';

export function Files() {
  const { uploads, totals, add, pause, resume, cancel, retry, remove } = useUploads(uploader);
  const { rootProps, isDragging } = useDropzone({ onFiles: add });
  return (
    <>
      <div className="dropzone" {...rootProps}>
        {isDragging ? 'Drop now' : 'Drop files here, or click'}
      </div>
      <ul>
        {uploads.map(({ id, name, size, state, progress, error, ...can }) => (
          <li key={id}>
            {name}: <span role="status">{error?.message ?? state}</span>
            <progress aria-label={name} value={progress.sent} max={size} />
            {can.canPause && <button onClick={() => pause(id)}>Pause</button>}
            {can.canResume && <button onClick={() => resume(id)}>Resume</button>}
            {can.canRetry && <button onClick={() => retry(id)}>Retry</button>}
            {can.canCancel && <button onClick={() => cancel(id)}>Cancel</button>}
            {!can.canCancel && <button onClick={() => remove(id)}>Remove</button>}
          </li>
        ))}
      </ul>
      {totals.active > 0 && <p>{totals.active} active</p>}
    </>
  );
}
