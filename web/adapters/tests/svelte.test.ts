import { mount, unmount, type Component } from 'svelte';
import { writable } from 'svelte/store';
import { describeAdapter } from './behaviour';
import type { Driver } from './driver';
import Runes from './Runes.svelte';
import Stores from './Stores.svelte';

const driver = (probe: Component<Record<string, unknown>>): Driver => ({
  mount: (hook, first, container) => {
    const args = writable<unknown>(first);
    let shown: unknown;
    const report = (result: unknown) => void (shown = result);
    const component = mount(probe, { target: container, props: { hook, args, report } });
    return {
      read: () => shown as never,
      update: (next) => args.set(next),
      unmount: () => void unmount(component),
    };
  },
});

describeAdapter('Svelte with runes', driver(Runes));
describeAdapter('Svelte with stores', driver(Stores));
