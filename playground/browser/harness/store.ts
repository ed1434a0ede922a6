import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { run } from './process';

/** Where one service keeps its data: on servers of the test command, or in a folder. */
export interface Store {
  env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

export async function createStore(): Promise<Store> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  const folder = await mkdtemp(join(tmpdir(), 'deskpulse-browser-'));
  const base = { ...inherited(), DESKPULSE_DATA_DIR: folder };
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  if (!TEST_DATABASE_URL || !TEST_REDIS_URL) {
    return { env: base, remove: removeFolder };
  }
  const name = `browser_${randomBytes(6).toString('hex')}`;
  await administer(TEST_DATABASE_URL, `CREATE DATABASE ${name}`);
  const env = {
    ...base,
    DATABASE_URL: named(TEST_DATABASE_URL, name),
    REDIS_URL: TEST_REDIS_URL,
    DESKPULSE_STORE__REDIS_PREFIX: name,
  };
  await run(['migrate', 'up'], env);
  return {
    env,
    remove: async () => {
      await administer(TEST_DATABASE_URL, `DROP DATABASE ${name} WITH (FORCE)`);
      await removeFolder();
    },
  };
}

/** The environment without what would configure the service. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(DESKPULSE_|DATABASE_URL$|REDIS_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

function named(server: string, database: string): string {
  return server.replace(/\/[^/?]*(?=\?|$)/, `/${database}`);
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}
