import { randomBytes } from 'node:crypto';
import { run, Service } from './process';
import { createStore, type Store } from './store';

export type Role = 'ingest' | 'viewer' | 'reviewer' | 'agent' | 'operator';

/** An event as `trackEvents` takes it. */
export interface TrackedEvent {
  name: string;
  product?: string;
  sessionId?: string;
  occurredAt?: string;
  data?: Record<string, unknown>;
}

const CONFIG = new URL('./config.toml', import.meta.url).pathname;
const BATCH = 500;

/** A service of a test's own, on a store of its own. */
export class Desk {
  private secret = randomBytes(32).toString('hex');

  private constructor(
    private readonly store: Store,
    private readonly isOpen: boolean,
    private readonly config: string,
    private service: Service,
  ) {}

  static async start(isOpen: boolean, config: string): Promise<Desk> {
    const store = await createStore();
    // Replaced at once: only `serve` makes one.
    const desk = new Desk(store, isOpen, config, undefined as never);
    desk.service = await desk.serve('127.0.0.1:0');
    return desk;
  }

  get url(): string {
    return this.service.url;
  }

  /** A token of this desk. */
  token(role: Role, subject = `browser-${role}`, ttl = '1h'): Promise<string> {
    const args = ['token', '--tenant', 'default', '--role', role];
    return run([...args, '--subject', subject, '--ttl', ttl], this.env());
  }

  /** Asks the API; fails on errors. */
  async ask<Data = Record<string, unknown>>(
    query: string,
    variables: object = {},
    token?: string,
  ): Promise<Data> {
    const authorized = token ?? (this.isOpen ? undefined : await this.token('operator'));
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorized && { authorization: `Bearer ${authorized}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) {
      throw new Error(JSON.stringify(errors));
    }
    return data;
  }

  /** Has events committed. */
  async track(events: readonly TrackedEvent[]): Promise<void> {
    const token = this.isOpen ? undefined : await this.token('ingest');
    for (let start = 0; start < events.length; start += BATCH) {
      const input = events
        .slice(start, start + BATCH)
        .map((event) => ({ product: 'ai_chatbot', ...event }));
      const { trackEvents } = await this.ask<{ trackEvents: { status: string; reason: string }[] }>(
        'mutation($e: [TrackEventInput!]!) { trackEvents(input: $e, durability: STORED) { status reason } }',
        { e: input },
        token,
      );
      const refused = trackEvents.filter(({ status }) => status !== 'ACCEPTED');
      if (refused.length > 0) {
        throw new Error(`not accepted: ${JSON.stringify(refused)}`);
      }
    }
  }

  /** Stops the service; its data stay. */
  stop(): Promise<void> {
    return this.service.stop();
  }

  /** Starts it again where it was. */
  async restart(): Promise<void> {
    this.service = await this.serve(new URL(this.url).host);
  }

  /** Starts it again with another secret: no token of before is taken. */
  async revokeAll(): Promise<void> {
    await this.stop();
    this.secret = randomBytes(32).toString('hex');
    await this.restart();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.store.remove();
  }

  private serve(listen: string): Promise<Service> {
    return Service.start(['--listen', listen], this.env());
  }

  private env(): NodeJS.ProcessEnv {
    return {
      ...this.store.env,
      DESKPULSE_CONFIG: this.config,
      ...(!this.isOpen && { DESKPULSE_JWT_SECRET: this.secret }),
    };
  }
}

/** Starts a desk that asks for credentials, or an open one; `config` is a file. */
export function startDesk({ open = false, config = CONFIG } = {}): Promise<Desk> {
  return Desk.start(open, config);
}
