// npm runs it where a package's folder is installed: without a build that would succeed, and import nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync(new URL('node_modules/vite', import.meta.url))) {
  process.exit(spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status ?? 1);
}
if (!existsSync('dist/index.js')) {
  console.error(
    'This package is not built, and what builds it is not installed. Run `npm ci` in web/, then install again.',
  );
  process.exit(1);
}
