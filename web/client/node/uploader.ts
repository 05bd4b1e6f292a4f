import { noMemory } from '../memory/memory';
import type { Upload } from '../upload/upload';
import { Uploader, type UploaderOptions } from '../upload/uploader';
import { nodeHasher } from './hasher';
import type { ByteStream } from './part-reader';
import { type StreamOptions, StreamRun } from './stream-run';
import { nodeTransport } from './transport';

/** An Uploader for Node.js: it sends by node:http, hashes by node:crypto, and remembers nothing unless `memory` is given. */
export class NodeUploader extends Uploader {
  constructor(options: UploaderOptions) {
    super({
      transport: nodeTransport,
      hasher: nodeHasher,
      memory: noMemory,
      isReachable: () => Promise.resolve(false), // for CORS, which concerns browsers only
      compareAfterwards: false, // reading a changed file fails
      ...options,
    });
  }

  /**
   * Uploads a stream and waits for the file's verdict. As many parts as there are connections are in memory. A failure
   * aborts the upload: a stream cannot be read again. `done` also rejects with a StreamLengthError, and with the errors of
   * the stream.
   */
  uploadStream(stream: ByteStream, options: StreamOptions = {}): Upload {
    return this.begin(options, (shared, upload) => new StreamRun(shared, stream, options, upload).go());
  }
}
