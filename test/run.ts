// `npm test [-- path fragment …]`: one PostgreSQL for all files, each file in its own process, and a last line that
// counts. Must never report success when nothing ran.
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { startTestServer } from './harness/database.ts';

const fileTimeoutMs = 240_000;
/** Whatever still runs then is killed, and counts as failed. */
const suiteTimeoutMs = 900_000;

const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts')
  .filter((file) => wanted.length === 0 || wanted.some((fragment) => file.includes(fragment)))
  .sort();

// what is interrupted still stops its database; the runner passes the signal on to the files' processes
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));

const counts = { passed: 0, failed: 0, skipped: 0 };
const startedAt = performance.now();
{
  await using server = await startTestServer();
  process.env['GILL_TEST_DATABASE_URL'] = server.url;

  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(suiteTimeoutMs)]);
  const stream = run({ files, concurrency: 2, timeout: fileTimeoutMs, signal });
  const trail: string[] = [];
  stream.on('test:start', ({ name, nesting }) => {
    trail.length = nesting;
    trail.push(name);
  });
  stream.on('test:pass', ({ name, details, skip, file }) => {
    if (details.type === 'suite' || name === file) return;
    if (skip === undefined) counts.passed++;
    else {
      counts.skipped++;
      console.log(`skipped: ${name} (${String(skip)})`);
    }
  });
  stream.on('test:fail', ({ name, file, line, details }) => {
    // a suite fails with its tests, which are counted; a suite whose own body failed ran none of them
    const { failureType } = details.error as { failureType?: string };
    if (details.type === 'suite' && failureType === 'subtestsFailed') return;
    counts.failed++;
    console.log(`FAILED ${file ?? ''}:${line ?? 0} ${name}`);
    const { error } = details;
    const cause: unknown = error.cause instanceof Error ? error.cause : error;
    console.log(
      (cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause)).replaceAll(/^/gm, '    '),
    );
  });
  stream.on('test:stderr', ({ message, file }) => {
    if (!/ExperimentalWarning|--trace-warnings/.test(message)) process.stderr.write(`${file}: ${message}`);
  });
  stream.resume(); // events only flow once someone reads
  await new Promise((resolve) => stream.once('end', resolve));
}

if (counts.passed + counts.failed === 0) {
  console.log(`no test matches ${wanted.join(' ')}`);
  counts.failed = 1;
}
process.exitCode = counts.failed > 0 ? 1 : 0;
console.log(`${files.length} files, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
