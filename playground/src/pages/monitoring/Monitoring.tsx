import { useEffect } from 'react';
import { useMay, useViewer } from '../../shell/viewer';
import { NoPermission } from '../../ui/states';
import { NAME_FILTER } from './AgentFilters';
import { useAcknowledging } from './acknowledging';
import { countOpen, ordered } from './alerts';
import { Board } from './Board';
import { useFloor } from './floor';
import { OwnState } from './OwnState';
import { useShortcuts } from './shortcuts';
import { useView } from './view';
import { useWall } from './wall/useWall';
import { Wall } from './wall/Wall';
import { useMonitoringWords } from './words';
import './monitoring.css';

/** The Monitoring page: the floor as it is now. */
export default function Monitoring() {
  const say = useMonitoringWords();
  const maySeeFloor = useMay('READ_FLOOR');
  const { ownRights } = useViewer();
  if (maySeeFloor) {
    return <WholeFloor />;
  }
  return ownRights.includes('READ_AGENTS') ? (
    <OwnState />
  ) : (
    <>
      <h1>{say('title')}</h1>
      <NoPermission />
    </>
  );
}

function WholeFloor() {
  const say = useMonitoringWords();
  const [view, choose] = useView();
  const floor = useFloor(view.abandoned);
  const acknowledging = useAcknowledging();
  const wall = useWall(view, choose);
  const alerts = ordered(acknowledging.known(floor.alerts.said?.value ?? []));
  const [first] = alerts;
  const { acknowledge } = acknowledging;
  useShortcuts({
    f: wall.toggle,
    Escape: view.wall ? wall.leave : undefined,
    a: acknowledge && first && first.acknowledgedBy === null ? () => acknowledge(first) : undefined,
    '/': view.wall ? undefined : () => document.getElementById(NAME_FILTER)?.focus(),
  });
  useCountInTitle(say('title'), countOpen(alerts));
  return view.wall ? (
    <Wall floor={floor} view={view} onView={choose} wall={wall} alerts={alerts} />
  ) : (
    <Board
      floor={floor}
      view={view}
      onView={choose}
      acknowledging={acknowledging}
      onWall={wall.enter}
    />
  );
}

/** How many wait too long stands in the title, to be seen from another tab. */
function useCountInTitle(title: string, count: number): void {
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ''}${title} · Deskpulse`;
  }, [title, count]);
}
