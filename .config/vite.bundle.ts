import path from 'node:path';
import { defineConfig, type UserConfig } from 'vite';

const root = path.resolve(import.meta.dirname, '..');

/** Everything behind one address, for a plain <script type="module">: registers the elements. Simulator and demonstration authority are not in it. */
const config: UserConfig = defineConfig({
  root,
  publicDir: false,
  build: {
    outDir: 'dist/bundle',
    emptyOutDir: true,
    target: 'es2022',
    minify: true,
    lib: { entry: path.join(root, 'web', 'bundle.ts'), formats: ['es'], fileName: () => 'web-minidriver.js' },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
});

export default config;
