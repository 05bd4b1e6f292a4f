export default {
  // the packages of this checkout are links
  resolve: { preserveSymlinks: true },
  // the engine's worker stays a file, as content security policies want it
  build: { target: 'es2022', assetsInlineLimit: 0 },
  oxc: { jsx: { runtime: 'automatic' } },
};
