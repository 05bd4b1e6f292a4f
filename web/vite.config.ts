import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const ASSETS = 'dist/assets/';
/** Compresses assets in advance: the service serves `NAME.gz` to browsers that accept gzip. */
const compress = {
  name: 'compress',
  apply: 'build' as const,
  closeBundle: () => {
    for (const name of readdirSync(ASSETS).filter((each) => /\.(js|css|svg)$/.test(each)))
      writeFileSync(`${ASSETS}${name}.gz`, gzipSync(readFileSync(ASSETS + name), { level: 9 }));
  },
};

/** The service worker: its name never changes, so that browsers find its next version. */
const ZIP_WORKER = 'app/zip/worker.ts';
const importsNothing = {
  name: 'worker-imports-nothing',
  apply: 'build' as const,
  generateBundle: (_: unknown, bundle: Record<string, { imports?: string[] }>) => {
    const imports = bundle['zip/worker.js']?.imports ?? [];
    if (imports.length > 0)
      throw new Error(`${ZIP_WORKER} must share no code with the page, but imports ${imports.join()}.`);
  },
};

const EARLY = 'shared/early.js';
/**
 * Puts the script that sets the theme and begins to load the language in front of everything: a classic script, so that
 * the browser runs it before the first paint. It is a file of its own, because the page's content security policy forbids
 * inline code.
 */
const early: Plugin = {
  name: 'early',
  generateBundle(_, bundle) {
    const files = Object.values(bundle).flatMap((chunk) => {
      const [, language] =
        /app\/messages\/(..)\.ts$/.exec('facadeModuleId' in chunk ? (chunk.facadeModuleId ?? '') : '') ?? [];
      return language ? [[language, `/${chunk.fileName}`]] : [];
    });
    const languages = `languages = ${JSON.stringify(Object.fromEntries(files))}`;
    const code = readFileSync(EARLY, 'utf-8').replaceAll(/^ *\/\/.*\n/gm, '');
    const source = code.replace('languages = {}', languages);
    this.emitFile({ type: 'asset', name: 'early.js', source });
  },
  transformIndexHtml: {
    order: 'post',
    handler: (_html, { bundle, filename }) => {
      if (filename.endsWith('docs.html')) return [];
      const built = Object.keys(bundle ?? {}).find((name) => /early-.+\.js$/.test(name));
      const attrs = { src: `/${built ?? EARLY}` };
      return [{ tag: 'script', attrs, injectTo: 'head-prepend' }];
    },
  },
};

/** All that the first look needs becomes one file: otherwise, what the later file uses too would be another one. */
const isOfPage = (id: string): boolean =>
  /preact|preload|web.(app|shared|client)./.test(id) && !/\.(css|html)|app.zip./.test(id);
/** The languages use it, each in its own file; the first file has it because main.tsx imports it. */
const KEPT = /shared.text.isolate/;

/** `vite build --mode admin` builds the operator page alone, so that its code adds no request to the upload page. */
const ADMIN = 'admin';

const SERVICE = process.env['LONGSHORE_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig(({ mode }) => ({
  plugins: [early, compress, importsNothing],
  // The page's content security policy forbids inline code, so not even small assets may be inlined.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Swagger UI is one prebuilt file of about 1.5 MB; only docs.html loads it.
    chunkSizeWarningLimit: 1800,
    emptyOutDir: mode !== ADMIN,
    rolldownOptions: {
      treeshake: { moduleSideEffects: [{ test: KEPT, sideEffects: true }] },
      input: mode === ADMIN ? ['admin.html'] : ['index.html', 'docs.html', ZIP_WORKER],
      output: {
        codeSplitting: mode === ADMIN || { groups: [{ name: 'page', tags: ['$initial'], test: isOfPage }] },
        entryFileNames: ({ facadeModuleId }) =>
          facadeModuleId?.endsWith(ZIP_WORKER) ? 'zip/worker.js' : 'assets/[name]-[hash].js',
      },
    },
  },
  server: {
    proxy: { '/api': SERVICE, '/zip': SERVICE },
  },
}));
