import { Uploader } from './index.js';

const input = document.querySelector('input');
const outcome = document.querySelector('output');
input.addEventListener('change', async () => {
  const upload = new Uploader({ endpoint: '' }).resume(location.hash.slice(1), input.files[0]);
  try {
    const file = await upload.done;
    outcome.dataset.fileId = file.id;
    outcome.textContent = file.virus_scan_status;
  } catch (error) {
    outcome.textContent = error.code ?? error;
  }
});
