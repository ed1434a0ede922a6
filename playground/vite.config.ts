import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const service = process.env.DESKPULSE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/playground/',
  plugins: [react()],
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
      // "use no memo" in the packages of GraphiQL speaks to a compiler that does not run here.
      checks: { moduleLevelDirective: false },
    },
  },
  server: {
    proxy: { '/graphql': { target: service, ws: true } },
  },
  test: {
    include: ['src/**/*.test.ts'],
  },
});
