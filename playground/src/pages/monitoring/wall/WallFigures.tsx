import { useId } from 'react';
import { useFormat } from '../../../i18n/format';
import { Flash } from '../../../ui/Flash';
import type { Floor } from '../floor';
import { LongestWait } from '../LongestWait';
import { loadOf } from '../load';
import { useMonitoringWords } from '../words';

/** The key figures, to be read from afar. */
export function WallFigures({ floor }: { floor: Floor }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const overview = floor.overview.said?.value;
  const level = floor.queue.said?.value.serviceLevel;
  const isLate = (overview?.slaAlerts ?? 0) > 0;
  const load = overview && loadOf(overview.systemLoad);
  return (
    <div className="wall-figures">
      <Figure label={say('active')} figure={format.count(overview?.activeSessions)} />
      <Figure
        label={say('waiting')}
        figure={format.count(overview?.queueCount)}
        tone={isLate ? 'warn' : undefined}
        note={
          overview && <LongestWait overview={overview} floor={floor} label={say('longestShort')} />
        }
      />
      <Figure
        label={say('slaAlerts')}
        figure={format.count(overview?.slaAlerts)}
        tone={isLate ? 'bad' : undefined}
        note={level && say('longerThan', { time: format.duration(level.thresholdSeconds) })}
      />
      <Figure
        label={say('serviceLevel')}
        figure={format.percent(level?.value, 0)}
        note={level && say('within', { time: format.duration(level.thresholdSeconds) })}
      />
      <Figure
        label={say('agentsOnline')}
        figure={format.count(overview?.onlineAgents)}
        note={overview && say('ofTotal', { total: format.count(overview.totalAgents) })}
      />
      <Figure
        label={say('systemLoad')}
        figure={format.percent(overview?.systemLoad, 0)}
        tone={load?.tone === 'good' ? undefined : load?.tone}
        note={load && say(load.word)}
      />
    </div>
  );
}

interface FigureProps {
  label: string;
  figure: string;
  note?: React.ReactNode;
  tone?: 'warn' | 'bad';
}

function Figure({ label, figure, note, tone }: FigureProps) {
  const id = useId();
  return (
    <section className={`card wall-figure ${tone ?? ''}`} aria-labelledby={id}>
      <h2 id={id}>{label}</h2>
      <p className="figure">
        <Flash value={figure}>{figure}</Flash>
      </p>
      <p className="note">{note}</p>
    </section>
  );
}
