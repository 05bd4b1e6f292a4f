import { noMemory, Uploader } from '../../../../web/client/index.ts';
import { endpoint, measure, option } from './common.js';

const uploader = new Uploader({ endpoint, memory: noMemory, checksum: option('checksum') === 'none' ? null : 'auto' });
const stored = (file) =>
  new Promise((resolve, reject) => {
    const upload = uploader.upload(file, { onStored: resolve });
    upload.done.catch(reject);
  });
// Companion knows no verdict: all are measured until the files are made
measure((files) => Promise.all(files.map(stored)));
