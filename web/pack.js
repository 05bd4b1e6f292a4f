// `node ../pack.js` in a package's folder, after its builds: prepares its types for ES modules and CommonJS.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const TYPES = 'dist/types/';
const { peerDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
/** `from './api'`, `import("./api")`: Node's resolution (`moduleResolution: nodenext`) needs the extension. */
const RELATIVE = /((?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+?)(?:\.js)?(?=['"])/g;

for (const name of readdirSync(TYPES, { recursive: true }).filter((each) => each.endsWith('.d.ts'))) {
  const types = readFileSync(TYPES + name, 'utf8');
  writeFileSync(TYPES + name, types.replace(RELATIVE, '$1$2.js'));
}
// tsc also writes the types of sources that are another package's.
if ('@longshore/client' in peerDependencies) rmSync(`${TYPES}client`, { recursive: true });
if (existsSync('dist/cjs')) {
  // This package.json makes the same type files CommonJS in their own folder.
  writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
  rmSync('dist/cjs/types', { recursive: true, force: true });
  cpSync(TYPES, 'dist/cjs/types', { recursive: true });
}
