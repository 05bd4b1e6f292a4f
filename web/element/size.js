// `node size.js`: fails if the built element is too large (gzipped bytes), or more than one file.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 21_000;
const scripts = readdirSync('dist').filter((name) => name.endsWith('.js'));
const total = scripts.reduce(
  (sum, name) => sum + gzipSync(readFileSync(`dist/${name}`), { level: 9 }).length,
  0,
);
console.log(`${scripts.join(', ')}: ${total} of ${LIMIT} bytes gzipped`);
if (scripts.length !== 1 || total > LIMIT) process.exitCode = 1;
