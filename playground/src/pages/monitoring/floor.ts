import { useEffect, useRef } from 'react';
import { useAnswer } from '../../api/answers';
import { type Live, useLive } from '../../api/live';
import {
  type AbandonedHandling,
  LiveAgents,
  LiveAlerts,
  LiveChannels,
  type LiveChannelsSubscription,
  LiveOverview,
  type LiveOverviewSubscription,
  Monitoring,
  MonitoringQueue,
  type MonitoringQueueQuery,
} from '../../gql/operations';
import type { Agent } from './agents';
import type { Alert } from './alerts';
import { type Freshness, POLL_MS } from './freshness';
import { useFreshness } from './useFreshness';

export type Overview = LiveOverviewSubscription['realtimeOverview'];
export type Channel = LiveChannelsSubscription['realtimeChannels'][number];
export type Queue = MonitoringQueueQuery['realtime']['queue'];

/** Something that the service said, and when it came, in milliseconds of the clock. */
export interface Said<Value> {
  value: Value;
  at: number;
}

/** Said, not yet said, or why not. */
export interface Part<Value> {
  said: Said<Value> | undefined;
  error: unknown;
}

export interface Floor {
  overview: Part<Overview>;
  channels: Part<readonly Channel[]>;
  agents: Part<readonly Agent[]>;
  alerts: Part<readonly Alert[]>;
  queue: Part<Queue>;
  /** The time of the service and whether it is degraded, as it said last. */
  state: Said<Pick<Overview, 'asOf' | 'degraded'>> | undefined;
  freshness: Freshness;
  /** When anything came last. */
  heardAt: number | undefined;
  retry(): void;
}

/** The queue is asked for anew when it moves, but not more often than this. */
const PAUSE_MS = 1000;

/** The floor by subscriptions, the queue by asking; all by asking while subscriptions do not come through. */
export function useFloor(abandoned: AbandonedHandling): Floor {
  const overview = useLive(LiveOverview, {});
  const channels = useLive(LiveChannels, {});
  const agents = useLive(LiveAgents, {});
  const alerts = useLive(LiveAlerts, {});
  const heardAt = useRef<number>(undefined);
  const freshness = useFreshness(heardAt);
  const isLive = freshness === 'live';
  const queue = useAnswer(MonitoringQueue, { abandoned }, { everyMs: POLL_MS });
  const rest = useAnswer(Monitoring, {}, { everyMs: POLL_MS, enabled: !isLive });
  const asked = said(queue.data?.realtime, queue.dataUpdatedAt);
  const whole = said(rest.data?.realtime, rest.dataUpdatedAt);

  const moved = overview.data?.realtimeOverview.queueCount;
  const { refetch, dataUpdatedAt } = queue;
  useEffect(() => {
    if (moved !== undefined && Date.now() - dataUpdatedAt > PAUSE_MS) {
      refetch();
    }
  }, [moved, refetch, dataUpdatedAt]);

  const parts = {
    overview: part(
      overview,
      (data) => data.realtimeOverview,
      whole,
      ({ overview: it }) => it,
      isLive,
    ),
    channels: part(
      channels,
      (data) => data.realtimeChannels,
      whole,
      ({ channels: it }) => it,
      isLive,
    ),
    agents: part(
      agents,
      (data) => data.realtimeAgents,
      whole,
      ({ agents: it }) => it,
      isLive,
    ),
    alerts: part(
      alerts,
      (data) => data.alerts,
      asked,
      ({ alerts: it }) => it,
      isLive,
    ),
  };
  const times = [overview.at, channels.at, agents.at, alerts.at, asked?.at, whole?.at];
  // What was heard stays heard, whatever is asked next.
  heardAt.current = Math.max(heardAt.current ?? 0, ...times.map((at) => at ?? 0)) || undefined;
  return {
    ...parts,
    queue: { said: asked && { value: asked.value.queue, at: asked.at }, error: queue.error },
    state: latest(parts.overview.said, asked && { value: asked.value.overview, at: asked.at }),
    freshness,
    heardAt: heardAt.current,
    retry: () => refetch(),
  };
}

function said<Value>(value: Value | undefined, at: number): Said<Value> | undefined {
  return value === undefined ? undefined : { value, at };
}

function part<Data, Answer, Value>(
  live: Live<Data>,
  ofLive: (data: Data) => Value,
  answer: Said<Answer> | undefined,
  ofAnswer: (answer: Answer) => Value,
  isLive: boolean,
): Part<Value> {
  const pushed = live.data && live.at ? { value: ofLive(live.data), at: live.at } : undefined;
  const asked = answer && { value: ofAnswer(answer.value), at: answer.at };
  // An answer may be older than the change that overtook it.
  return { said: isLive ? (pushed ?? asked) : latest(pushed, asked), error: live.error };
}

function latest<Value>(
  one: Said<Value> | undefined,
  other: Said<Value> | undefined,
): Said<Value> | undefined {
  return one && other ? (one.at >= other.at ? one : other) : (one ?? other);
}
