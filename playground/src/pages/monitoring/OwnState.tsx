import { useRef } from 'react';
import { useAnswer } from '../../api/answers';
import { useLive } from '../../api/live';
import { LiveAgents, MonitoringAgents } from '../../gql/operations';
import { useViewer } from '../../shell/viewer';
import { Card } from '../../ui/Card';
import { Flash } from '../../ui/Flash';
import { Empty, Failed, Loading } from '../../ui/states';
import { LoadMark, StatusBadge } from './AgentState';
import type { Agent } from './agents';
import { Elapsed } from './Elapsed';
import { FreshnessBanner } from './FreshnessBanner';
import type { Said } from './floor';
import { POLL_MS } from './freshness';
import { LiveBadge } from './LiveBadge';
import { useFreshness } from './useFreshness';
import { useMonitoringWords } from './words';

/** What an agent sees: its own row. */
export function OwnState() {
  const say = useMonitoringWords();
  const live = useLive(LiveAgents, {});
  const answer = useAnswer(MonitoringAgents, { status: null }, { everyMs: POLL_MS });
  const heardAt = useRef<number>(undefined);
  heardAt.current = Math.max(live.at ?? 0, answer.dataUpdatedAt) || undefined;
  const freshness = useFreshness(heardAt);
  const agents = said(
    live.data?.realtimeAgents,
    live.at,
    answer.data?.realtime.agents,
    answer.dataUpdatedAt,
  );
  const own = { freshness, state: undefined, heardAt: heardAt.current };
  return (
    <>
      <div className="page-head">
        <h1>{say('title')}</h1>
        <LiveBadge floor={own} />
      </div>
      <FreshnessBanner floor={own} />
      <Card title={say('own')} source={{ operation: LiveAgents }} className="mon-own">
        {agents ? (
          <Own agents={agents} />
        ) : answer.error ? (
          <Failed error={answer.error} onRetry={() => answer.refetch()} />
        ) : (
          <Loading height={120} />
        )}
      </Card>
    </>
  );
}

function Own({ agents: { value, at } }: { agents: Said<readonly Agent[]> }) {
  const say = useMonitoringWords();
  const { subject } = useViewer();
  const [own] = value;
  if (!own) {
    return (
      <Empty title={say('ownNone')}>
        <p>{say('ownNoneHint', { id: subject })}</p>
      </Empty>
    );
  }
  return (
    <>
      <p className="mon-own-name">{own.name}</p>
      <dl className="mon-figures">
        <div>
          <dt>{say('status')}</dt>
          <dd>
            <Flash value={own.status}>
              <StatusBadge status={own.status} />
            </Flash>
          </dd>
        </div>
        <div>
          <dt>{say('time')}</dt>
          <dd>
            <Elapsed seconds={own.durationSeconds} at={at} />
          </dd>
        </div>
        <div>
          <dt>{say('load')}</dt>
          <dd>
            <LoadMark load={own.load} />
          </dd>
        </div>
      </dl>
      <p className="note">{say('ownHint')}</p>
    </>
  );
}

function said(
  pushed: readonly Agent[] | undefined,
  pushedAt: number | undefined,
  asked: readonly Agent[] | undefined,
  askedAt: number,
): Said<readonly Agent[]> | undefined {
  if (asked && askedAt > (pushedAt ?? 0)) {
    return { value: asked, at: askedAt };
  }
  return pushed && pushedAt ? { value: pushed, at: pushedAt } : undefined;
}
