import { noMemory, Uploader } from '../../../web/client/index.ts';
import { endpoint, measure, option } from './common.js';

const uploader = new Uploader({ endpoint, memory: noMemory, checksum: option('checksum') === 'none' ? null : 'auto' });
// Companion knows no verdict: both are measured until the file is made
measure(
  (file) =>
    new Promise((resolve, reject) => {
      const upload = uploader.upload(file, { onStored: resolve });
      upload.done.catch(reject);
    }),
);
