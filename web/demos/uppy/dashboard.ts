import Longshore, { type LongshoreBody } from '@longshore/uppy';
import Uppy, { type Meta } from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import '@uppy/core/css/style.min.css';
import '@uppy/dashboard/css/style.min.css';
import { endpoint } from '../service'; // 'https://files.example'

const uppy = new Uppy<Meta, LongshoreBody>()
  .use(Dashboard, {
    target: '#dashboard',
    inline: true,
    width: '100%',
    height: 350,
    theme: 'auto',
    proudlyDisplayPoweredByUppy: false,
  })
  .use(Longshore, { endpoint });

uppy.on('complete', ({ successful = [] }) => {
  const stored = successful.map(
    ({ name, response }) => `${name}: ${response?.body?.virus_scan_status ?? ''}`,
  );
  (document.getElementById('ids') as HTMLOutputElement).value = stored.join(', ');
});
