import { constants } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';
import { defineConfig } from 'vitest/config';

const service = process.env.DESKPULSE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    react(),
    // Beside each file, for the service to choose from.
    compression({
      include: /\.(js|css|html|svg)$/,
      threshold: 1024,
      algorithms: [
        defineAlgorithm('gzip', { level: 9 }),
        defineAlgorithm('brotliCompress', {
          params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
        }),
      ],
    }),
  ],
  optimizeDeps: {
    // Found only when a worker starts, they would reload the page in the middle of a visit.
    include: [
      'monaco-editor/esm/vs/editor/editor.worker.js',
      'monaco-editor/esm/vs/language/json/json.worker.js',
      'monaco-graphql/esm/graphql.worker.js',
    ],
  },
  build: {
    // Monaco is one chunk of about 3 MB, and loads once.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      // Apart, so that no page waits for the editor.
      input: ['index.html', 'playground/index.html'],
      // "use no memo" in the packages of GraphiQL speaks to a compiler that does not run here.
      checks: { moduleLevelDirective: false },
    },
  },
  server: {
    proxy: {
      '/graphql': { target: service, ws: true },
      '/export': { target: service },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
  },
});
