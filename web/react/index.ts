'use client';

/** React hooks for uploads through Longshore. */
import {
  Dropzone,
  type DropzoneActions,
  type DropzoneEvent,
  type DropzoneEventLike,
  type DropzoneOptions,
  type DropzoneSnapshot,
  type FileActions,
  type FileId,
  type FileOptions,
  type FileSnapshot,
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
import {
  type HTMLAttributes,
  useInsertionEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';

export { UploadList };
export type * from '@longshore/client/store';

export type Uploads = UploadsSnapshot & UploadActions;
export type SingleUploadResult = UploadSnapshot & SingleActions;
export type FileResult = FileSnapshot & FileActions;
export interface DropzoneResult extends DropzoneSnapshot, DropzoneActions {
  /** The props of the element that accepts files. */
  readonly rootProps: HTMLAttributes<HTMLElement>;
}

/**
 * Returns a list of uploads and its actions. With an Uploader the list is of this component, and its uploads continue
 * when it is unmounted; with an `UploadList`, made outside of the component, several components show the same list.
 */
export function useUploads(from: UploadsSource, options: UploadListOptions = {}): Uploads {
  const current = useLatest(options);
  const list = useMade([from], () => uploadListOf(from, current));
  return useStore(list);
}

/** Returns one upload and its actions, for a field of a form. It continues when the component is unmounted. */
export function useUpload(uploader: UploaderPart, options: UploadListOptions = {}): SingleUploadResult {
  const current = useLatest(options);
  return useStore(useMade([uploader], () => new SingleUpload(uploader, current)));
}

/** Returns a file by its id, and its changes until the verdict; asks only while the component is mounted. */
export function useFile(uploader: UploaderPart, fileId: FileId, options: FileOptions = {}): FileResult {
  const make = () => new WatchedFile(uploader, fileId ?? null, options);
  return useStore(useMade([uploader, fileId ?? null, JSON.stringify(options.credential)], make));
}

/** Returns the props of an element that accepts files by drop, paste, click and keyboard. */
export function useDropzone(options: DropzoneOptions): DropzoneResult {
  const current = useLatest(options);
  const [dropzone] = useState(() => new Dropzone(current));
  const snapshot = useSnapshot(dropzone);
  const { tabindex: tabIndex, ...attributes } = dropzone.attributes(snapshot, options);
  const rootProps = {
    ...attributes,
    ...(tabIndex !== undefined && { tabIndex }),
    ...listenerProps(dropzone),
  };
  return { ...snapshot, ...dropzone.actions, rootProps };
}

const PROPS: Record<DropzoneEvent, string> = {
  click: 'onClick',
  keydown: 'onKeyDown',
  dragenter: 'onDragEnter',
  dragover: 'onDragOver',
  dragleave: 'onDragLeave',
  drop: 'onDrop',
  paste: 'onPaste',
};

function listenerProps({ handlers }: Dropzone): Record<string, (event: DropzoneEventLike) => void> {
  const names = Object.keys(PROPS) as DropzoneEvent[];
  return Object.fromEntries(names.map((name) => [PROPS[name], handlers[name]]));
}

/** Returns what `make` made for these sources, until one of them changes. */
function useMade<T>(sources: readonly unknown[], make: () => T): T {
  const [made, setMade] = useState(() => ({ sources, value: make() }));
  if (sources.every((source, index) => Object.is(source, made.sources[index]))) return made.value;
  const next = { sources, value: make() };
  setMade(next);
  return next.value;
}

/** Returns a function, always the same, that returns the value of the last rendering. */
function useLatest<T>(value: T): () => T {
  const ref = useRef(value);
  useInsertionEffect(() => {
    ref.current = value; // before an event of the rendered page can ask for it
  });
  return useMemo(() => () => ref.current, []);
}

function useStore<S extends object, A extends object>(store: Store<S> & { readonly actions: A }): S & A {
  const snapshot = useSnapshot(store);
  return useMemo(() => ({ ...snapshot, ...store.actions }), [snapshot, store]);
}

function useSnapshot<S extends object>(store: Store<S>): S {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot);
}
