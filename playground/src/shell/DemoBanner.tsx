import { useChange } from '../api/answers';
import { StartDemo, Viewer } from '../gql/operations';
import { useMay, useViewer } from './viewer';
import { useShellWords } from './words';

/** How far the demo is, unless all is there and goes on. */
export function DemoBanner() {
  const say = useShellWords();
  const { isDemo, demo } = useViewer();
  const start = useChange(StartDemo, [Viewer]);
  const mayStart = useMay('MANAGE_DEMO');
  if (!isDemo || !demo || demo.state === 'PLAYING') {
    return null;
  }
  if (demo.state === 'FILLING') {
    const { daysFilled: count, days } = demo;
    return (
      <p className="banner info" role="status">
        {say('filling', { count, days })}
      </p>
    );
  }
  return (
    <div className="banner info">
      <span>{say('demoStopped')}</span>
      {mayStart && (
        <button
          type="button"
          className="button small"
          disabled={start.isPending}
          onClick={() => start.mutate({})}
        >
          {say('continueDemo')}
        </button>
      )}
    </div>
  );
}
