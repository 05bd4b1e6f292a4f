import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Allowed imports: the pages import the engine from client/index and client/store/index, the plugin from the first only; the engine imports nothing. */
const engineImports = {
  files: ['client/**/*.ts'],
  ignores: ['client/tests/**', 'client/node/**', 'client/store/**', 'client/*.config.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: '^(?!\\./)', message: 'The engine has no dependencies.' }] },
    ],
    'no-restricted-globals': ['error', 'document', 'window', 'localStorage', 'sessionStorage', 'navigator'],
  },
};
/** The folders of the engine, and those that each may import: no two import each other. */
const ENGINE_FOLDERS = {
  network: [],
  memory: ['network'],
  api: ['network'],
  hash: ['api'],
  transfer: ['network', 'api', 'hash'],
  upload: ['network', 'memory', 'api', 'hash', 'transfer'],
};
const folderImports = Object.entries(ENGINE_FOLDERS).map(([folder, allowed]) => ({
  files: [`client/${folder}/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: ['^(?!\\./', ...allowed.map((each) => `\\.\\./${each}/`)].join('|') + ')',
            message: `Import only from client/${[folder, ...allowed].join(', ')}.`,
          },
        ],
      },
    ],
  },
}));
/** The engine for Node.js is a layer on top of the engine. */
const nodeImports = {
  files: ['client/node/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: '^(?!\\./|\\.\\./|node:)', message: 'The engine has no dependencies.' }] },
    ],
  },
};
/** The stores are built apart from the engine, and use its types only. */
const storeImports = {
  files: ['client/store/**/*.ts'],
  rules: {
    'no-restricted-imports': 'off',
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: '^\\.\\./index$', allowTypeImports: true, message: 'Import only types of the engine.' },
          { regex: '^(?!\\./|\\.\\./index$)', message: 'The stores have no dependencies.' },
        ],
      },
    ],
  },
};
const pageImports = {
  files: ['app/**/*.{ts,tsx}', 'admin/**/*.{ts,tsx}', 'shared/**/*.{ts,tsx}'],
  ignores: ['*/tests/**'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: 'client/(?!(store/)?index$)',
            message: 'Import the engine from client/index, and its stores from client/store/index.',
          },
        ],
      },
    ],
    'no-restricted-properties': [
      'error',
      { property: 'innerHTML', message: 'File names are untrusted text.' },
      { property: 'outerHTML', message: 'File names are untrusted text.' },
      { property: 'dangerouslySetInnerHTML', message: 'File names are untrusted text.' },
    ],
  },
};

const elementImports = {
  files: ['element/*.ts'],
  ignores: ['element/*.config.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '^(?!\\./|\\.\\./client/index$|\\.\\./client/hash/worker\\?)',
            message: 'The element has no dependencies but client/index.',
          },
        ],
      },
    ],
    'no-restricted-properties': pageImports.rules['no-restricted-properties'],
  },
};
const pluginImports = {
  files: ['uppy/index.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: '^(?!@uppy/core|\\.\\./client/index$)', message: 'Import Uppy and client/index only.' },
        ],
      },
    ],
  },
};

/** An adapter has one framework and the stores. */
const adapterImports = ['react', 'vue', 'svelte'].map((framework) => ({
  files: [`${framework}/index.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(?!@longshore/client/store$|${framework}(/|$))`,
            message: `Import ${framework} and @longshore/client/store only.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist', 'node_modules', 'coverage', 'element/react.d.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['shared/early.js'],
    languageOptions: {
      sourceType: 'script',
      globals: { document: 'readonly', localStorage: 'readonly', navigator: 'readonly' },
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      // one program for all files costs a quarter less than the language service
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  engineImports,
  ...folderImports,
  nodeImports,
  storeImports,
  pageImports,
  elementImports,
  pluginImports,
  ...adapterImports,
);
