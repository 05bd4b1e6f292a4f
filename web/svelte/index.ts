/** Svelte stores for uploads through Longshore: `$uploads.totals` as a store, `uploads.totals` with runes. */
import {
  Dropzone,
  DROPZONE_EVENTS,
  type DropzoneActions,
  type DropzoneOptions,
  type DropzoneSnapshot,
  type FileActions,
  type FileId,
  type FileOptions,
  type FileSnapshot,
  type Latest,
  type SingleActions,
  SingleUpload,
  type Store,
  type UploadActions,
  UploadList,
  uploadListOf,
  type UploadListOptions,
  type UploadSnapshot,
  type UploadsSnapshot,
  type UploaderPart,
  type UploadsSource,
  WatchedFile,
} from '@longshore/client/store';
import { createSubscriber } from 'svelte/reactivity';
import type { Readable } from 'svelte/store';

export { UploadList };
export type * from '@longshore/client/store';

/** A store, whose fields can also be read directly: they are reactive in templates, `$derived` and `$effect`. */
type Reactive<S extends object> = Readable<S> & S;
export type Uploads = Reactive<UploadsSnapshot> & UploadActions;
export type SingleUploadResult = Reactive<UploadSnapshot> & SingleActions;
export type FileResult = Reactive<FileSnapshot> & FileActions;
export interface DropzoneFields extends DropzoneSnapshot {
  /** To be spread on the element that accepts files. */
  readonly rootProps: Record<string, unknown>;
}
export type DropzoneResult = Reactive<DropzoneFields> & DropzoneActions;

/**
 * Returns a list of uploads and its actions. With an Uploader the list is of this component, and its uploads continue
 * when it is destroyed; with an `UploadList`, made outside of the component, several components show the same list.
 */
export function useUploads(from: UploadsSource, options: Latest<UploadListOptions> = {}): Uploads {
  const list = uploadListOf(from, options);
  return reactive(['uploads', 'totals'], () => list, list.actions);
}

/** Returns one upload and its actions, for a field of a form. It continues when the component is destroyed. */
export function useUpload(
  uploader: UploaderPart,
  options: Latest<UploadListOptions> = {},
): SingleUploadResult {
  const single = new SingleUpload(uploader, options);
  return reactive(['upload'], () => single, single.actions);
}

/**
 * Returns a file by its id, and its changes until the verdict; asks only while a component shows it. For an id that
 * changes pass a function: `useFile(uploader, () => fileId)`.
 */
export function useFile(
  uploader: UploaderPart,
  fileId: FileId | (() => FileId),
  options: FileOptions = {},
): FileResult {
  const watched = remembered((id: string | null) => new WatchedFile(uploader, id, options));
  const current = () => watched((typeof fileId === 'function' ? fileId() : fileId) ?? null);
  const actions: FileActions = { refresh: () => current().actions.refresh() };
  return reactive(['state', 'file', 'error'], current, actions);
}

/** Returns the attributes and listeners of an element that accepts files by drop, paste, click and keyboard. */
export function useDropzone(options: Latest<DropzoneOptions>): DropzoneResult {
  const dropzone = new Dropzone(options);
  const listeners = Object.fromEntries(DROPZONE_EVENTS.map((name) => [`on${name}`, dropzone.handlers[name]]));
  const fields = (snapshot: DropzoneSnapshot): DropzoneFields => {
    return { ...snapshot, rootProps: { ...dropzone.attributes(snapshot), ...listeners } };
  };
  const store: Store<DropzoneFields> = {
    subscribe: dropzone.subscribe,
    getSnapshot: () => fields(dropzone.getSnapshot()),
    getServerSnapshot: () => fields(dropzone.getServerSnapshot()),
  };
  return reactive(['isDragging', 'rootProps'], () => store, dropzone.actions);
}

/** Returns the current store in both forms: its contract `subscribe`, and one reactive property for each field. */
function reactive<S extends object, A extends object>(
  names: readonly (keyof S & string)[],
  current: () => Store<S>,
  actions: A,
): Reactive<S> & A {
  const track = remembered((store: Store<S>) => createSubscriber((update) => store.subscribe(update)));
  const read = (): S => {
    const store = current();
    track(store)();
    return store.getSnapshot();
  };
  const subscribe: Readable<S>['subscribe'] = (run) => {
    const store = current();
    run(store.getSnapshot());
    if (typeof document === 'undefined') return () => undefined; // a server renders once
    return store.subscribe(() => run(store.getSnapshot()));
  };
  const fields = names.map((name) => [name, { enumerable: true, get: () => read()[name] }] as const);
  return Object.defineProperties({ subscribe, ...actions }, Object.fromEntries(fields)) as Reactive<S> & A;
}

/** Returns a function that makes a value for its argument, and returns it until the argument changes. */
function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { key: K; value: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
