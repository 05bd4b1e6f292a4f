import { createElement as h } from 'react';
import type { Uploader } from '../../client/index';
import { useDropzone, useFile, useUploads } from '../../react/index';

export function ReactFiles({ uploader }: { uploader: Uploader }) {
  const { uploads, add } = useUploads(uploader);
  const { rootProps } = useDropzone({ onFiles: add });
  const stored = useFile(uploader, uploads[0]?.file?.id);
  return h(
    'section',
    null,
    h('div', { ...rootProps, 'data-testid': 'react-drop' }, 'React'),
    h('input', { type: 'file', 'aria-label': 'React', onChange: (event) => add(event.currentTarget.files) }),
    h('output', { 'data-testid': 'react-id' }, stored.file?.id),
    ...uploads.map(({ id, name, state }) =>
      h('p', { key: id, 'data-testid': 'react-row' }, `${name} ${state}`),
    ),
    h('p', { 'data-testid': 'react-verdict' }, stored.file?.virus_scan_status),
  );
}
