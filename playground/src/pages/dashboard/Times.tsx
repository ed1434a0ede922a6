import { Answered } from '../../ui/Answered';
import { Card } from '../../ui/Card';
import type { View } from './address';
import { figureOf, useFigures } from './asked';
import { Figure } from './Figure';
import type { FigureId } from './figures';
import { useDashboardWords } from './words';

type Cells = readonly (FigureId | null)[];

/** Mean, p50, p90 and p99 of each; null where there is no such figure. */
const ROWS = {
  response: ['avg_response_time', 'p50_response_time', 'p90_response_time', 'p99_response_time'],
  responseAi: ['avg_ai_response_time', null, null, null],
  responsePeople: ['avg_agent_response_time', null, null, null],
  wait: ['avg_speed_of_answer', 'p50_wait', 'p90_wait', 'p99_wait'],
  handle: [null, 'p50_handle_time', 'p90_handle_time', 'p99_handle_time'],
  duration: [
    'avg_session_duration',
    'p50_session_duration',
    'p90_session_duration',
    'p99_session_duration',
  ],
} as const satisfies Record<string, Cells>;

/** How long things take: means and percentiles. */
export function Times({ view }: { view: View }) {
  const say = useDashboardWords();
  const { answer, source } = useFigures(view);
  return (
    <Card title={say('times')} source={source} className="times">
      <Answered answer={answer} height={420}>
        {({ figures: { series } }) => (
          <>
            <div className="table-frame">
              <table>
                <caption className="visually-hidden">{say('timesCaption')}</caption>
                <thead>
                  <tr>
                    <th scope="col">{say('time')}</th>
                    <th scope="col" className="number">
                      {say('mean')}
                    </th>
                    <th scope="col" className="number">
                      p50
                    </th>
                    <th scope="col" className="number">
                      p90
                    </th>
                    <th scope="col" className="number">
                      p99
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {Object.entries(ROWS).map(([row, cells]) => (
                    <tr key={row} className={row.startsWith('response') ? row : undefined}>
                      <th scope="row">{say(row as keyof typeof ROWS)}</th>
                      {cells.map((metric, index) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are
                        <td key={index} className="number">
                          {metric && (
                            <Figure metric={metric} value={figureOf(series, metric).value} />
                          )}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <p className="note">{say('timesNote')}</p>
          </>
        )}
      </Answered>
    </Card>
  );
}
