// Cleans every file of a folder in a process of its own and prints its largest memory (bytes) before and after: a peak that other
// work of the same process had reached would hide it. Must never hold more than one file.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { cleanPicture } from '../../functions/worker/clean-picture.ts';

const [folder, first] = process.argv.slice(2) as [string, string];
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

await cleanPicture(readFileSync(path.join(folder, first))); // loads the library
const beforeBytes = peakBytes();
for (const name of readdirSync(folder)) await cleanPicture(readFileSync(path.join(folder, name)));
console.log(JSON.stringify({ beforeBytes, afterBytes: peakBytes() }));
