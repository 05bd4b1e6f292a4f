/** The engine for Node.js (20.3 or newer): `import { NodeUploader, openFile } from '@longshore/client/node'`. */
export * from '../index';
export { openFile } from './files';
export { nodeHasher } from './hasher';
export { fileMemory } from './memory';
export type { ByteStream } from './part-reader';
export { type StreamOptions, StreamLengthError } from './stream-run';
export { nodeTransport } from './transport';
export { NodeUploader } from './uploader';
