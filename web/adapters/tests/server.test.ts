// @vitest-environment node
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { createSSRApp, defineComponent, h } from 'vue';
import { renderToString as renderVue } from 'vue/server-renderer';
import { FakeService, FILE_ID } from '../../client/tests/fakes';
import * as react from '../../react/index';
import * as svelte from '../../svelte/index';
import * as vue from '../../vue/index';

/** On a server there is no document, no call to the service, and nothing is left running. */
const service = new FakeService();
const uploader = service.uploader();
const options = { onFiles: () => undefined };
const EXPECTED = 'loading, 0 uploads, null';

test('React renders on a server', () => {
  const Probe = () => {
    const { uploads } = react.useUploads(uploader);
    const { upload } = react.useUpload(uploader);
    const { state } = react.useFile(uploader, FILE_ID);
    return createElement(
      'div',
      react.useDropzone(options).rootProps,
      `${state}, ${uploads.length} uploads, ${upload?.name ?? 'null'}`,
    );
  };
  expect(renderToString(createElement(Probe))).toBe(`<div role="button" tabindex="0">${EXPECTED}</div>`);
});

test('Vue renders on a server', async () => {
  const Probe = defineComponent(() => {
    const { uploads } = vue.useUploads(uploader);
    const { upload } = vue.useUpload(uploader);
    const { state } = vue.useFile(uploader, FILE_ID);
    const { rootProps } = vue.useDropzone(options);
    return () =>
      h(
        'div',
        rootProps.value,
        `${state.value}, ${uploads.value.length} uploads, ${upload.value?.name ?? 'null'}`,
      );
  });
  expect(await renderVue(createSSRApp(Probe))).toBe(`<div role="button" tabindex="0">${EXPECTED}</div>`);
});

test('Svelte reads and subscribes on a server', () => {
  const file = svelte.useFile(uploader, FILE_ID);
  const zone = svelte.useDropzone(options);
  const seen: unknown[] = [];
  for (const store of [file, zone]) store.subscribe((value) => seen.push(value))();
  expect(seen).toMatchObject([{ state: 'loading' }, { rootProps: { role: 'button', tabindex: 0 } }]);
  const shown = [file.state, svelte.useUploads(uploader).uploads, svelte.useUpload(uploader).upload];
  expect(shown).toEqual(['loading', [], null]);
});

test('server-side rendering sends no request', () => {
  expect(service.calls()).toEqual([]);
});
