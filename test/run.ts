// `npm test [-- path fragment …]`: one PostgreSQL for all files, each file in its own process; what is about the database a
// second time with Aurora DSQL emulated; and a last line that counts. Must never report success when nothing ran.
import { globSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { startTestServer } from './harness/database.ts';

/** One more than the cores it is measured on: some wait for sockets while others compute. */
const concurrency = 3;
const fileTimeoutMs = 600_000;
/** Whatever still runs then is killed, and counts as failed. Twice what it takes on the slowest processor so far (Zen 1). */
const suiteTimeoutMs = 1_800_000;

/** Tests of the truth, whatever database it lies in: they run on each (test/harness/world.ts). */
const aboutDatabase = 'test/contract/{truth/*,gallery,packaged-gallery,redraw,takes,find,uploads,doors/auth}.test.ts';
/** These have an emulation, or a conflict, of their own. */
const aboutOneDialect = ['dsql.test.ts', 'storm.test.ts', 'repeat-reads.test.ts'];

const wanted = process.argv.slice(2);
const filesOf = (pattern: string): string[] =>
  globSync(pattern)
    .filter((file) => wanted.length === 0 || wanted.some((fragment) => file.includes(fragment)))
    .sort();
const files = filesOf('test/**/*.test.ts');
const onDsql = filesOf(aboutDatabase).filter((file) => !aboutOneDialect.includes(path.basename(file)));

// what is interrupted still stops its database; the runner passes the signal on to the files' processes
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));

const seconds = new Map<string, number>();
const counts = { passed: 0, failed: 0, skipped: 0 };
const startedAt = performance.now();
const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(suiteTimeoutMs)]);
{
  await using server = await startTestServer();
  process.env['GILL_TEST_DATABASE_URL'] = server.url;
  await runAll(files, '');
  if (signal.aborted) counts.failed++; // what was not run did not pass
  process.env['GILL_TEST_DIALECT'] = 'dsql';
  await runAll(onDsql, 'DSQL emulated: ');
}

if (counts.passed + counts.failed === 0) {
  console.log(`no test matches ${wanted.join(' ')}`);
  counts.failed = 1;
}
process.exitCode = counts.failed > 0 ? 1 : 0;
const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, 3);
console.log(`slowest: ${slowest.map(([file, length]) => `${file} ${length.toFixed(0)} s`).join(', ')}`);
console.log(
  `${files.length} files, ${onDsql.length} of them twice, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);

/** @param where stands before the name of every test that is told of */
async function runAll(some: string[], where: string): Promise<void> {
  if (some.length === 0 || signal.aborted) return; // an empty list would be every file there is
  const stream = run({ files: some, concurrency, timeout: fileTimeoutMs, signal });
  stream.on('test:complete', ({ name, file, details }) => {
    // a file is told of under its own name
    if (file !== undefined && path.resolve(name) === file)
      seconds.set(`${where}${path.relative('.', file)}`, details.duration_ms / 1000);
  });
  stream.on('test:pass', ({ name, details, skip, file }) => {
    // a suite that is skipped tells nothing of its tests: it is told of itself
    if ((details.type === 'suite' && skip === undefined) || name === file) return;
    if (skip === undefined) counts.passed++;
    else {
      counts.skipped++;
      console.log(`skipped: ${where}${name} (${String(skip)})`);
    }
  });
  stream.on('test:fail', ({ name, file, line, details }) => {
    // a suite fails with its tests, which are counted; a suite whose own body failed ran none of them
    const { failureType } = details.error as { failureType?: string };
    if (details.type === 'suite' && failureType === 'subtestsFailed') return;
    counts.failed++;
    console.log(`FAILED ${file ?? ''}:${line ?? 0} ${where}${name}`);
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
