import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['browser/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Each has a service and a browser of its own: one after another on two cores.
    fileParallelism: false,
  },
});
