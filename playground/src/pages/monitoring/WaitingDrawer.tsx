import { useAnswer } from '../../api/answers';
import { MonitoringWaiting, type MonitoringWaitingQuery } from '../../gql/operations';
import { Answered } from '../../ui/Answered';
import { Drawer } from '../../ui/Drawer';
import { QueryLink } from '../../ui/QueryLink';
import { Empty } from '../../ui/states';
import { Elapsed } from './Elapsed';
import { POLL_MS } from './freshness';
import { useMonitoringWords } from './words';

const VARIABLES = { first: 50 };

/** Who waits now: the rows behind the figure. */
export function WaitingDrawer({ onClose }: { onClose(): void }) {
  const say = useMonitoringWords();
  const answer = useAnswer(MonitoringWaiting, VARIABLES, { everyMs: POLL_MS });
  const source = { operation: MonitoringWaiting, variables: VARIABLES };
  return (
    <Drawer title={say('whoWaitsTitle')} onClose={onClose}>
      <div className="toolbar">
        <QueryLink source={source} title={say('whoWaitsTitle')} />
      </div>
      <Answered answer={answer} height={300}>
        {(data) => <Waiting data={data} at={answer.dataUpdatedAt} />}
      </Answered>
    </Drawer>
  );
}

function Waiting({ data, at }: { data: MonitoringWaitingQuery; at: number }) {
  const say = useMonitoringWords();
  const sessions = data.sessions.edges.map(({ node }) => node);
  if (sessions.length === 0) {
    return <Empty title={say('nobodyWaits')} />;
  }
  const asOf = Date.parse(data.realtime.overview.asOf);
  const longestFirst = sessions
    .map((session) => ({ ...session, seconds: secondsOf(session.queuedAt, asOf) }))
    .sort((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
  return (
    <>
      {data.sessions.pageInfo.hasNextPage && <p className="note">{say('moreWait')}</p>}
      <div className="table-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">{say('customer')}</th>
              <th scope="col">{say('queueName')}</th>
              <th scope="col">{say('channel')}</th>
              <th scope="col" className="number">
                {say('wait')}
              </th>
            </tr>
          </thead>
          <tbody>
            {longestFirst.map(({ id, customerName, queue, channel, channelName, seconds }) => (
              <tr key={id} data-session={id}>
                <th scope="row">
                  {customerName ?? id}
                  {customerName && <span className="note mon-id">{id}</span>}
                </th>
                <td>{queue ?? '–'}</td>
                <td>{channelName ?? channel ?? '–'}</td>
                <td className="number">
                  {seconds === null ? '–' : <Elapsed seconds={seconds} at={at} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Both instants are the service's. */
function secondsOf(queuedAt: string | null, asOf: number): number | null {
  return queuedAt === null ? null : Math.max(0, (asOf - Date.parse(queuedAt)) / 1000);
}
