// Builds the page and the explorer, each for itself, so that neither waits for a file it does not use. web/dist is committed:
// `npm start` works right after `npm ci`, and `npm run check:generated` builds again and compares.
// `node web/build.ts`, or as part of `npm run fix`.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build, type InlineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
export const distFolder = path.join(root, 'dist');

/** One HTML file, one script, one sheet; everything under `assets/`. */
const bundle = (html: string, outDir: string, licences: string): InlineConfig => ({
  root,
  configFile: false,
  logLevel: 'error',
  plugins: [withoutInlineFonts()],
  build: {
    outDir,
    emptyOutDir: false,
    assetsInlineLimit: 0, // the Content-Security-Policy allows files of this origin, nothing inline
    cssCodeSplit: false,
    license: { fileName: licences },
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000, // the explorer is large, and the page never loads it
    rolldownOptions: {
      input: path.join(root, html),
      output: { codeSplitting: false },
    },
  },
});

export async function buildAll(outDir: string): Promise<void> {
  rmSync(outDir, { recursive: true, force: true });
  await build(bundle('index.html', outDir, 'licences.md'));
  await build(bundle('explorer.html', outDir, 'licences-explorer.md'));
}

/** GraphiQL's sheet carries two families of fonts as `data:`; the explorer uses the fonts of the machine. */
function withoutInlineFonts(): Plugin {
  return {
    name: 'without-inline-fonts',
    enforce: 'pre',
    transform: (code, id) =>
      id.endsWith('graphiql/dist/style.css') ? code.replaceAll(/@font-face\s*\{[^}]*\}/g, '') : undefined,
  };
}

if (import.meta.main) await buildAll(distFolder);
