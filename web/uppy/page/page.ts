import Uppy, { type Meta } from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import GoldenRetriever from '@uppy/golden-retriever';
import '@uppy/core/css/style.min.css';
import '@uppy/dashboard/css/style.min.css';
import Longshore, { type LongshoreBody } from '../index';

const uppy = new Uppy<Meta, LongshoreBody>()
  .use(Dashboard, { target: '#files', inline: true })
  .use(GoldenRetriever)
  .use(Longshore, { endpoint: location.origin });

uppy.on('complete', ({ successful = [] }) => {
  const ids = successful.map((file) => file.response?.body?.id ?? '');
  for (const output of document.querySelectorAll('output')) output.value = ids.join(' ');
});
