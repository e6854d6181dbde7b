// The AWS stack as `cdk synth` would write it, by the app's own entry in a process of its own. Needs no account, network or
// container engine. Must be given the flags of cdk.json, or another template than the deployed one would be looked at.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  // properties are read by path: a wrong path fails the test when it runs
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties: Record<string, any>;
}

export interface Synthesized {
  readonly exitCode: number;
  readonly output: string;
  /** Findings of cdk-nag and of CDK's own checks that nobody acknowledged. */
  readonly findings: readonly string[];
  readonly template: string;
  readonly ofType: (type: string) => Resource[];
}

/** @param script code to run in place of cdk/app.ts, in the folder cdk */
export async function synthesize(
  options: Readonly<Record<string, string>> = {},
  script?: string,
): Promise<Synthesized> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-cdk-'));
  try {
    const { context } = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')) as { context: object };
    const command = script === undefined ? ['cdk/app.ts'] : ['--input-type=module', '--eval', script];
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        CDK_OUTDIR: folder,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...options }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [exitCode] = (await once(child, 'close')) as [number];
    const templateFile = path.join(folder, 'Gill.template.json');
    const template = existsSync(templateFile) ? readFileSync(templateFile, 'utf8') : '{}';
    const { Resources: resources = {} } = JSON.parse(template) as { Resources?: Record<string, Resource> };
    return {
      exitCode,
      output,
      findings: readFindings(folder),
      template,
      ofType: (type) => Object.values(resources).filter((resource) => resource.Type === type),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Report {
  readonly pluginReports: readonly { readonly violations: readonly { readonly ruleName: string }[] }[];
}

function readFindings(folder: string): string[] {
  const file = path.join(folder, 'validation-report.json');
  if (!existsSync(file)) return ['no report was written: nothing was checked'];
  const { pluginReports } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
}
