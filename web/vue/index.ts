/** Vue composables for uploads through Longshore. */
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
  computed,
  type ComputedRef,
  getCurrentInstance,
  type MaybeRefOrGetter,
  onMounted,
  onScopeDispose,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from 'vue';

export { UploadList };
export type * from '@longshore/client/store';

type Refs<S> = { readonly [K in keyof S]: ComputedRef<S[K]> };
export type Uploads = Refs<UploadsSnapshot> & UploadActions;
export type SingleUploadResult = Refs<UploadSnapshot> & SingleActions;
export type FileResult = Refs<FileSnapshot> & FileActions;
export interface DropzoneResult extends Refs<DropzoneSnapshot>, DropzoneActions {
  /** For `v-bind` on the element that accepts files. */
  readonly rootProps: ComputedRef<Record<string, unknown>>;
}

/**
 * Returns a list of uploads and its actions. With an Uploader the list is of this component, and its uploads continue
 * when it is unmounted; with an `UploadList`, made outside of the component, several components show the same list.
 */
export function useUploads(from: UploadsSource, options: MaybeRefOrGetter<UploadListOptions> = {}): Uploads {
  const list = uploadListOf(from, () => toValue(options));
  const snapshot = useSnapshot(() => list);
  return { ...refsOf(snapshot, ['uploads', 'totals']), ...list.actions };
}

/** Returns one upload and its actions, for a field of a form. It continues when the component is unmounted. */
export function useUpload(
  uploader: UploaderPart,
  options: MaybeRefOrGetter<UploadListOptions> = {},
): SingleUploadResult {
  const single = new SingleUpload(uploader, () => toValue(options));
  return {
    ...refsOf(
      useSnapshot(() => single),
      ['upload'],
    ),
    ...single.actions,
  };
}

/** Returns a file by its id, and its changes until the verdict; asks only while the component is mounted. */
export function useFile(
  uploader: UploaderPart,
  fileId: MaybeRefOrGetter<FileId>,
  options: MaybeRefOrGetter<FileOptions> = {},
): FileResult {
  const watched = computed(() => new WatchedFile(uploader, toValue(fileId) ?? null, toValue(options)));
  const snapshot = useSnapshot(() => watched.value);
  return {
    ...refsOf(snapshot, ['state', 'file', 'error']),
    refresh: () => watched.value.actions.refresh(),
  };
}

/** Returns the attributes and listeners of an element that accepts files by drop, paste, click and keyboard. */
export function useDropzone(options: MaybeRefOrGetter<DropzoneOptions>): DropzoneResult {
  const dropzone = new Dropzone(() => toValue(options));
  const snapshot = useSnapshot(() => dropzone);
  const listeners = Object.fromEntries(
    DROPZONE_EVENTS.map((name) => [`on${name[0]?.toUpperCase()}${name.slice(1)}`, dropzone.handlers[name]]),
  );
  const rootProps = computed(() => ({
    ...dropzone.attributes(snapshot.value, toValue(options)),
    ...listeners,
  }));
  return { ...refsOf(snapshot, ['isDragging']), ...dropzone.actions, rootProps };
}

/** Returns the snapshot of the current store. Subscribes when the component is mounted, so never on a server. */
function useSnapshot<S extends object>(current: () => Store<S>): Readonly<ShallowRef<S>> {
  const snapshot = shallowRef(current().getSnapshot()) as ShallowRef<S>;
  let unsubscribe: () => void = () => undefined;
  const connect = (store: Store<S>) => {
    const read = () => (snapshot.value = store.getSnapshot());
    unsubscribe();
    read();
    unsubscribe = store.subscribe(read);
  };
  whenMounted(() => watch(current, connect, { immediate: true, flush: 'sync' }));
  onScopeDispose(() => unsubscribe());
  return snapshot;
}

/** Outside of a component, as in a store of Pinia, there is nothing to be mounted. */
function whenMounted(run: () => void): void {
  if (getCurrentInstance()) onMounted(run);
  else if (typeof document !== 'undefined') run();
}

function refsOf<S extends object, K extends keyof S & string>(
  snapshot: Readonly<ShallowRef<S>>,
  names: readonly K[],
): Refs<Pick<S, K>> {
  return Object.fromEntries(names.map((name) => [name, computed(() => snapshot.value[name])])) as Refs<
    Pick<S, K>
  >;
}
