import { createElement, StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import * as hooks from '../../react/index';
import { describeAdapter } from './behaviour';
import type { Arguments, Driver, Hook, Results } from './driver';

const calls: { [H in Hook]: (args: Arguments[H]) => Results[H] } = {
  useUploads: ({ from, options }) => hooks.useUploads(from, options),
  useUpload: ({ uploader, options }) => hooks.useUpload(uploader, options),
  useFile: ({ uploader, fileId, options }) => hooks.useFile(uploader, fileId, options),
  useDropzone: (options) => hooks.useDropzone(options),
};

const react: Driver = {
  mount: (hook, args, container) => {
    let shown: unknown;
    const Probe = (props: { args: typeof args }) => {
      const result = calls[hook](props.args);
      shown = result;
      return createElement('div', 'rootProps' in result ? result.rootProps : null);
    };
    const root = createRoot(container);
    const update = (next: typeof args) =>
      flushSync(() => root.render(createElement(StrictMode, null, createElement(Probe, { args: next }))));
    update(args);
    return { read: () => shown as never, update, unmount: () => root.unmount() };
  },
};

describeAdapter('React', react);
