import { Uploader } from '@longshore/client';
import { Dropzone, UploadList } from '@longshore/client/store';

const uploader = new Uploader({ endpoint: new URLSearchParams(location.search).get('service') ?? '' });
const list = new UploadList(uploader);
const zone = new Dropzone({ onFiles: list.actions.add });
document.querySelector('button').onclick = () => zone.open();

list.subscribe(() => {
  const rows = list.getSnapshot().uploads.map(({ name, state }) => {
    const row = Object.assign(document.createElement('p'), { textContent: `${name} ${state}` });
    row.dataset.testid = 'row';
    return row;
  });
  document.querySelector('main').replaceChildren(...rows);
  const output = document.querySelector('output');
  const [first] = list.getSnapshot().uploads;
  output.dataset.id = first?.file?.id ?? '';
  output.value = first?.file?.virus_scan_status ?? '';
});
