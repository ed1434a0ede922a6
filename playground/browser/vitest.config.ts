import { defineConfig } from 'vitest/config';

if (!process.env.DESKPULSE_URL) {
  console.error(
    'DESKPULSE_URL is not set: give the address of a running deskpulse, e.g. http://127.0.0.1:8080',
  );
  process.exit(1);
}

export default defineConfig({
  test: {
    include: ['browser/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
