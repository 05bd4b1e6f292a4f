// `node ../pack.js` in a package's folder, after its builds: makes its types good for every way of importing it.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const TYPES = 'dist/types/';
/** `from './api'`, `import("./api")`: Node's way of resolving (`moduleResolution: nodenext`) wants the ending. */
const RELATIVE = /((?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+?)(?:\.js)?(?=['"])/g;

for (const name of readdirSync(TYPES, { recursive: true }).filter((each) => each.endsWith('.d.ts'))) {
  const types = readFileSync(TYPES + name, 'utf8');
  writeFileSync(TYPES + name, types.replace(RELATIVE, '$1$2.js'));
}
// A folder of its own says what it is: the same files are types of an ES module there, and of CommonJS here.
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
rmSync('dist/cjs/types', { recursive: true, force: true });
cpSync(TYPES, 'dist/cjs/types', { recursive: true });
