import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One zone for each hour, so that it is always afternoon somewhere. */
const ZONES = [
  'Pacific/Honolulu',
  'America/Anchorage',
  'America/Los_Angeles',
  'America/Denver',
  'America/Chicago',
  'America/New_York',
  'America/Halifax',
  'America/Sao_Paulo',
  'Atlantic/South_Georgia',
  'Atlantic/Azores',
  'Europe/London',
  'Europe/Paris',
  'Africa/Cairo',
  'Europe/Istanbul',
  'Asia/Dubai',
  'Asia/Karachi',
  'Asia/Dhaka',
  'Asia/Bangkok',
  'Asia/Shanghai',
  'Asia/Tokyo',
  'Australia/Brisbane',
  'Pacific/Noumea',
  'Pacific/Auckland',
  'Pacific/Apia',
] as const;
const HOUR = 15;

/** The zone whose clocks are nearest to three in the afternoon. */
export function afternoonZone(now: Date): string {
  const distance = (timeZone: string) => {
    const format = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' });
    return Math.abs(Number(format.format(now)) - HOUR);
  };
  const [first, ...others] = ZONES;
  return others.reduce<string>(
    (best, zone) => (distance(zone) < distance(best) ? zone : best),
    first,
  );
}

/** The configuration of a demo whose lunchtime is just over: its own, but for the zone. */
export async function afternoonConfig(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deskpulse-afternoon-'));
  const file = join(folder, 'deskpulse.toml');
  await writeFile(
    file,
    `[tenants.demo]
time_zone = "${afternoonZone(new Date())}"
plan = "demo"
sla_threshold_secs = 120
agent_capacity = 3

[plans.demo]
tokens = 100000000

[tenants.demo.channels]
app = { name = "Fiido App", capacity = 20 }
web = { name = "Fiido Global", capacity = 20 }
wechat = { name = "微信小程序", capacity = 26 }
phone = { name = "电话呼叫中心", capacity = 10 }
`,
  );
  return file;
}
