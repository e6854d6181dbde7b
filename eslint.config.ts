// Lint rules, the import rule of docs/architecture.md among them: each folder names what it must not reach.
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import type { Linter } from 'eslint';
import tseslint from 'typescript-eslint';

/** Forbids imports by path; `why` is what the person who breaks the rule reads. */
const mayNotImport = (files: string[], group: string[], why: string): Linter.Config => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message: why }] }] },
});

export default defineConfig(
  { ignores: ['node_modules', 'data', 'schema/generated', 'training', 'bench', 'web/dist'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // tensor code indexes arrays whose bounds it set itself
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off', // Promise.withResolvers<void>() is a promise of nothing
      // `await using _worker` holds something for its lifetime
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreUsingDeclarations: true, ignoreRestSiblings: true },
      ],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['test/**'],
    rules: {
      // answers of the API are read by path: a wrong path fails the test when it runs
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
      // node:test's describe/test return promises that the runner itself awaits
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
    },
  },
  mayNotImport(
    ['core/**'],
    ['**/evaluation/**', '**/functions/**', '**/infra/**', '**/schema/**'],
    'core is the leaf that everything else imports',
  ),
  mayNotImport(
    ['clients/**', 'web/**'],
    ['**/evaluation/**', '**/functions/**', '**/infra/**'],
    'clients speak to the public API and share only core and the types of the schema',
  ),
  mayNotImport(
    ['infra/**'],
    ['**/evaluation/**', '**/functions/**'],
    'infra adapts the world outside; it knows no function',
  ),
  mayNotImport(
    ['functions/engine/**'],
    ['**/evaluation/**', '**/infra/**', '**/llm/**', '**/diffusion/**', '**/vision/**', '**/api/**', '**/worker/**'],
    'engine is tensors only',
  ),
  mayNotImport(
    ['functions/llm/**'],
    ['**/evaluation/**', '**/infra/**', '**/diffusion/**', '**/vision/**', '**/api/**', '**/worker/**'],
    'llm is pure compute over engine',
  ),
  mayNotImport(
    ['functions/diffusion/**'],
    ['**/evaluation/**', '**/infra/**', '**/llm/**', '**/vision/**', '**/api/**', '**/worker/**'],
    'diffusion is pure compute over engine',
  ),
  mayNotImport(
    ['functions/vision/**'],
    ['**/evaluation/**', '**/infra/**', '**/llm/**', '**/diffusion/**', '**/api/**', '**/worker/**'],
    'vision is pure compute over engine',
  ),
  mayNotImport(
    ['evaluation/**'],
    ['**/infra/**', '**/schema/**', '**/api/**', '**/worker/**'],
    'evaluation measures the functions, without a server around them',
  ),
  mayNotImport(
    ['functions/api/**'],
    ['**/evaluation/**', '**/llm/**', '**/diffusion/**', '**/vision/**', '**/engine/**', '**/worker/**'],
    'the API process never runs a model',
  ),
  mayNotImport(
    ['functions/worker/**'],
    // the package's manifest tells what the functions offer, before they are loaded; its gallery no function reads; turns are
    // what they share
    [
      '**/evaluation/**',
      '**/api/**',
      '**/engine/**',
      '!**/engine/model-package.ts',
      '!**/engine/packaged-gallery.ts',
      '!**/engine/turns.ts',
    ],
    'a worker reaches models through llm, diffusion and vision',
  ),
);
