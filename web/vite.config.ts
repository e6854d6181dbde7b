// How the page is built: web/dist is committed, so that `npm start` works right after `npm ci`; `npm run check:generated`
// builds it again and compares.
import path from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: path.join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the Content-Security-Policy allows files of this origin, nothing inline
    license: { fileName: 'licences.md' },
    modulePreload: false,
    reportCompressedSize: false,
  },
});
