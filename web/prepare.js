// npm runs this when a package's folder is installed: without a build the installation would succeed, but import nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync(new URL('node_modules/typescript', import.meta.url))) {
  process.exit(spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status ?? 1);
}
if (!existsSync('dist/index.js')) {
  console.error(
    'This package is not built, and its build tools are not installed. Run `npm ci` in web/, then install it again.',
  );
  process.exit(1);
}
