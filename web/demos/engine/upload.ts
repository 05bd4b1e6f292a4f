import { uploader } from '../uploader';

const part = (id: string) => document.querySelector(`#${id}`);
const input = part('file') as HTMLInputElement;
const bar = part('bar') as HTMLProgressElement;
const said = part('said') as HTMLOutputElement;
const controls = part('controls') as HTMLElement;
const pause = part('pause') as HTMLButtonElement;
const resume = part('resume') as HTMLButtonElement;
const cancel = part('cancel') as HTMLButtonElement;

input.addEventListener('change', () => {
  if (input.files?.[0]) void send(input.files[0]);
  input.value = ''; // otherwise choosing the same file again is no change
});

async function send(file: File) {
  const upload = uploader.upload(file, {
    onProgress: ({ sent, size }) => (bar.value = size ? sent / size : 1),
    onStage: (stage) => (said.value = stage),
  });
  pause.onclick = () => upload.pause();
  resume.onclick = () => upload.resume();
  cancel.onclick = () => upload.abort();
  controls.hidden = false;
  try {
    const { filename, virus_scan_status } = await upload.done;
    said.value = `${filename}: ${virus_scan_status}`;
  } catch (error) {
    said.value = (error as Error).message; // choose the same file again: the upload continues
  }
  controls.hidden = true;
}
