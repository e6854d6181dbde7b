// docs/operations.md prints every limit with its value: a limit that changes must change there too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { limits } from '../../../core/limits.ts';

test('every limit stands in docs/operations.md with its value', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  for (const [name, value] of Object.entries(limits)) assert.ok(page.includes(`| \`${name}\` | ${value} |`), name);
});
