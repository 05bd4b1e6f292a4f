import Longshore, { type LongshoreBody } from '@longshore/uppy';
import Uppy, { type Meta } from '@uppy/core';

const uppy = new Uppy<Meta, LongshoreBody>({ autoProceed: true }).use(Longshore, {
  endpoint: new URLSearchParams(location.search).get('service') ?? '',
});
const input = Object.assign(document.createElement('input'), { type: 'file' });
const output = document.querySelector('output')!;

document.querySelector('button')!.onclick = () => input.click();
input.onchange = () => {
  for (const file of input.files ?? []) uppy.addFile({ name: file.name, type: file.type, data: file });
};
uppy.on('complete', ({ successful = [] }) => {
  for (const { name, response } of successful) {
    document.querySelector('p')!.textContent = `${name} ready`;
    output.dataset['id'] = response?.body?.id ?? '';
    output.value = response?.body?.virus_scan_status ?? '';
  }
});
