import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which way imports may point: the page knows the engine by its front door only, the engine knows nobody. */
const engineStandsAlone = {
  files: ['client/**/*.ts'],
  ignores: ['client/tests/**', 'client/*.config.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: '^(?!\\./|\\.\\./errors$)', message: 'The engine has no dependencies.' }] },
    ],
    'no-restricted-globals': ['error', 'document', 'window', 'localStorage', 'sessionStorage', 'navigator'],
  },
};
const pageUsesTheFrontDoor = {
  files: ['app/**/*.{ts,tsx}'],
  ignores: ['app/tests/**'],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: 'client/(?!index$)', message: 'Import the engine from client/index.' }] },
    ],
    'no-restricted-properties': [
      'error',
      { property: 'innerHTML', message: 'File names are untrusted text.' },
      { property: 'outerHTML', message: 'File names are untrusted text.' },
      { property: 'dangerouslySetInnerHTML', message: 'File names are untrusted text.' },
    ],
  },
};

const pluginUsesTheFrontDoor = {
  files: ['uppy/index.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: '^(?!@uppy/core|\\.\\./client/index$)', message: 'Uppy and the engine, no more.' },
        ],
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['**/dist', 'node_modules', 'coverage'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  engineStandsAlone,
  pageUsesTheFrontDoor,
  pluginUsesTheFrontDoor,
);
