// `npm run check:generated`: makes the generated files again in memory and compares them with what is committed. Must
// never write.
import { readFileSync } from 'node:fs';
import { generate } from '@graphql-codegen/cli';
import config from './codegen.ts';

const made = (await generate({ ...config, silent: true }, false)) as readonly { filename: string; content: string }[];
const stale = made.filter(({ filename, content }) => readFileSync(filename, 'utf8') !== content);
if (stale.length > 0) {
  console.error(`${stale.map(({ filename }) => filename).join(', ')}: not what the schema makes; run \`npm run fix\``);
  process.exitCode = 1;
}
