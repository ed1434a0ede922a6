import { useId } from 'react';
import { useStore } from '../../api/store';
import { areShortcutsOn, switchShortcuts } from './shortcuts';
import { useMonitoringWords } from './words';

/** What single keys do, and the way to switch them off. */
export function KeysMenu({ mayAcknowledge }: { mayAcknowledge: boolean }) {
  const say = useMonitoringWords();
  const id = useId();
  const isOn = useStore(areShortcutsOn);
  const keys = [
    ['F', say('keyWall')],
    ['Esc', say('keyLeave')],
    ...(mayAcknowledge ? [['A', say('keyAcknowledge')] as const] : []),
    ['/', say('keyFilter')],
  ] as const;
  return (
    <>
      <button type="button" className="button small mon-keys-button" popoverTarget={id}>
        {say('keys')}
      </button>
      <section id={id} popover="auto" className="card mon-keys" aria-label={say('keysTitle')}>
        <dl>
          {keys.map(([key, text]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <label className="mon-check">
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => switchShortcuts(event.target.checked)}
          />
          {say('keysOn')}
        </label>
      </section>
    </>
  );
}
