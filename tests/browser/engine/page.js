import { Uploader } from './index.js';

const input = document.querySelector('input');
const outcome = document.querySelector('output');
const start = {
  resume: (uploadId, file) => new Uploader({ endpoint: '' }).resume(uploadId, file),
  grant: (token, file) =>
    new Uploader({ endpoint: '', auth: () => ({ Authorization: `Bearer ${token}` }) }).upload(file),
};
input.addEventListener('change', async () => {
  const [how, what] = location.hash.slice(1).split('=');
  try {
    const file = await start[how](what, input.files[0]).done;
    outcome.dataset.fileId = file.id;
    outcome.textContent = file.virus_scan_status;
  } catch (error) {
    outcome.textContent = error.code ?? error;
  }
});
