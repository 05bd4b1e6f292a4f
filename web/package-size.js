// `node ../package-size.js dist 1500`: fails if the scripts of a folder have more bytes gzipped, which is what a page loads.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const [folder, limit] = [process.argv[2], Number(process.argv[3])];
const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
const sizes = scripts.map((name) => gzipSync(readFileSync(`${folder}/${name}`), { level: 9 }).length);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${folder}/${scripts.join(', ')}: ${total} of ${limit} bytes gzipped`);
if (scripts.length === 0 || !(total <= limit)) process.exitCode = 1;
