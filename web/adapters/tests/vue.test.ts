import { createApp, defineComponent, h, type ShallowRef, shallowRef, unref } from 'vue';
import * as composables from '../../vue/index';
import { describeAdapter } from './behaviour';
import type { Arguments, Driver, Hook } from './driver';

const calls: { [H in Hook]: (args: ShallowRef<Arguments[H]>) => object } = {
  useUploads: ({ value: { from, options } }) => composables.useUploads(from, options),
  useUpload: ({ value: { uploader, options } }) => composables.useUpload(uploader, options),
  useFile: (args) =>
    composables.useFile(
      args.value.uploader,
      () => args.value.fileId,
      () => args.value.options ?? {},
    ),
  useDropzone: (args) => composables.useDropzone(args),
};

const vue: Driver = {
  mount: (hook, first, container) => {
    const args = shallowRef(first) as ShallowRef<typeof first>;
    let shown: Record<string, unknown> = {};
    const Probe = defineComponent(() => {
      const result = calls[hook](args);
      return () => {
        shown = Object.fromEntries(
          Object.entries(result).map(([name, value]) => [name, unref(value as unknown)]),
        );
        return h('div', (shown['rootProps'] ?? {}) as Record<string, unknown>);
      };
    });
    const app = createApp(Probe);
    app.mount(container);
    return {
      read: () => shown as never,
      update: (next) => (args.value = next),
      unmount: () => app.unmount(),
    };
  },
};

describeAdapter('Vue', vue);
