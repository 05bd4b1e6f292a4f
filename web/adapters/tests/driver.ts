import type {
  DropzoneOptions,
  FileOptions,
  UploadListOptions,
  UploaderPart,
  UploadList,
} from '../../react/index';
import type { DropzoneResult, FileResult, SingleUploadResult, Uploads } from '../../react/index';

/** The arguments of each hook. */
export interface Arguments {
  useUploads: { from: UploaderPart | UploadList; options?: UploadListOptions };
  useUpload: { uploader: UploaderPart; options?: UploadListOptions };
  useFile: { uploader: UploaderPart; fileId: string | null; options?: FileOptions };
  useDropzone: DropzoneOptions;
}

/** What each hook returns, as plain values. */
export interface Results {
  useUploads: Uploads;
  useUpload: SingleUploadResult;
  useFile: FileResult;
  useDropzone: DropzoneResult;
}

export type Hook = keyof Arguments;

/** A component that calls one hook. */
export interface Mounted<H extends Hook> {
  /** What the hook returned in the last rendering. */
  read(): Results[H];
  /** Renders the component again, with other arguments. */
  update(args: Arguments[H]): void;
  unmount(): void;
}

/** Mounts components of one framework. The element with `rootProps` is the first child of `container`. */
export interface Driver {
  mount<H extends Hook>(hook: H, args: Arguments[H], container: HTMLElement): Mounted<H>;
}
