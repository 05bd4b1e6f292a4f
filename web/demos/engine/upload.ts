import { uploader } from '../uploader';

const part = (id: string) => document.getElementById(id) as HTMLElement;
const input = part('file') as HTMLInputElement;
const bar = part('bar') as HTMLProgressElement;
const said = part('said') as HTMLOutputElement;

input.addEventListener('change', () => {
  if (input.files?.[0]) void send(input.files[0]);
  input.value = ''; // otherwise choosing the same file again is no change
});

async function send(file: File) {
  const upload = uploader.upload(file, {
    onProgress: ({ sent, size }) => (bar.value = size ? sent / size : 1),
    onStage: (stage) => (said.value = stage),
  });
  part('pause').onclick = () => upload.pause();
  part('resume').onclick = () => upload.resume();
  part('cancel').onclick = () => upload.abort();
  part('controls').hidden = false;
  try {
    const { filename, virus_scan_status } = await upload.done;
    said.value = `${filename}: ${virus_scan_status}`;
  } catch (error) {
    said.value = (error as Error).message; // choose the same file again: the upload continues
  }
  part('controls').hidden = true;
}
