// `node client/size.js`: fails if the built package is too large. Gzipped bytes, which is what a page loads.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 15_000;
const dist = new URL('dist/', import.meta.url);
const scripts = readdirSync(dist).filter((name) => name.endsWith('.js'));
const sizes = scripts.map((name) => [name, gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(
  `${sizes.map(([name, size]) => `${name} ${size}`).join(', ')}: ${total} of ${LIMIT} bytes gzipped`,
);
if (scripts.length < 2 || total > LIMIT) process.exitCode = 1;
