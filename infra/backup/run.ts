// `npm run backup -- FOLDER` while the server runs or not; `npm run restore -- FOLDER` into an empty data folder, database or
// bucket. Takes the server's own configuration.
import path from 'node:path';
import { coerceError } from '../../core/app-error.ts';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { openStores } from '../local/open-stores.ts';
import { backup } from './backup.ts';
import { restore } from './restore.ts';

const [what, given] = process.argv.slice(2);
const command = what === 'backup' ? backup : what === 'restore' ? restore : undefined;
if (!command || given === undefined) {
  console.error('npm run backup -- FOLDER, or npm run restore -- FOLDER');
  process.exit(1);
}
const folder = path.resolve(given);
try {
  const configuration = readConfiguration(process.env);
  const log = createLog('backup', 'warn');
  await using stores = await openStores(configuration, log, AbortSignal.timeout(60_000));
  const { rows, rowDigests, files, gone } = await command(stores, folder);
  const count = Object.values(rows).reduce((sum, table) => sum + table, 0);
  console.log(`${count} rows and ${Object.keys(files).length} files, ${what === 'backup' ? 'in' : 'from'} ${folder}`);
  if (rowDigests === undefined)
    console.log(
      'The backup is of an earlier version, which kept no sha256 of rows: whether they are as saved is not known.',
    );
  if (gone.length > 0)
    console.log(
      `${gone.length} files were deleted while the backup was made, such as ${gone[0]!}: it goes without them`,
    );
} catch (thrown) {
  console.error(coerceError(thrown).message);
  process.exitCode = 1;
}
