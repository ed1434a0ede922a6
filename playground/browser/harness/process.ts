import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** The service's binary, as the test command has built it. */
export const BINARY = process.env.DESKPULSE_BIN ?? '../target/debug/deskpulse';
const START_MS = 60_000;

const runFile = promisify(execFile);

/** Runs a command of the service to its end; gives what it printed. */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await runFile(BINARY, args, { env });
  return stdout.trim();
}

/** A running `deskpulse serve`. */
export class Service {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Returns once the service has said where it listens. */
  static start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Service> {
    const child = spawn(BINARY, ['serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    // Nothing outlives the tests.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.removeListener('exit', end));
    return new Promise((resolve, reject) => {
      let said = '';
      const fail = (why: string) => reject(new Error(`deskpulse serve ${why}; it said:\n${said}`));
      const patience = setTimeout(() => {
        child.kill('SIGKILL');
        fail('did not say where it listens');
      }, START_MS);
      const listen = (chunk: Buffer) => {
        said += chunk;
        const address = /listening on (http:\/\/[\w.:[\]]+)/.exec(said)?.[1];
        if (address) {
          clearTimeout(patience);
          resolve(new Service(child, address));
        }
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('exit', (code) => {
        clearTimeout(patience);
        fail(`ended with ${code}`);
      });
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }
}
