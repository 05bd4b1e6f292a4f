import * as svelte from '../../svelte/index';
import type { Arguments, Hook } from './driver';

/** The calls of each hook; the arguments are a function, as runes need it for what changes. */
export const calls: { [H in Hook]: (args: () => Arguments[H]) => object } = {
  useUploads: (args) => svelte.useUploads(args().from, args().options),
  useUpload: (args) => svelte.useUpload(args().uploader, args().options),
  useFile: (args) => svelte.useFile(args().uploader, () => args().fileId, args().options),
  useDropzone: (args) => svelte.useDropzone(args),
};
