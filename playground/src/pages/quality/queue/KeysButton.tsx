import { useState } from 'react';
import { useStore } from '../../../api/store';
import { useMay } from '../../../shell/viewer';
import { Drawer } from '../../../ui/Drawer';
import { useQualityWords } from '../words';
import { Key } from './Key';
import { shortcuts, switchShortcuts, useKeys } from './keys';

/** Shows which keys do what, and switches the single ones off. */
export function KeysButton() {
  const say = useQualityWords();
  const [isOpen, setOpen] = useState(false);
  useKeys({ '?': () => setOpen(true) });
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {say('keys')} <Key name="?" />
      </button>
      {isOpen && (
        <Drawer title={say('keys')} onClose={() => setOpen(false)}>
          <Keys />
        </Drawer>
      )}
    </>
  );
}

const EVERYONE = [
  [['J', '↓'], 'keyDown'],
  [['K', '↑'], 'keyUp'],
  [['Enter'], 'keyOpen'],
  [['U'], 'keyBack'],
] as const;
const REVIEWERS = [
  [['N'], 'keyNext'],
  [['C'], 'keyClaim'],
  [['0', '…', '9'], 'keyScore'],
] as const;

function Keys() {
  const say = useQualityWords();
  const isOn = useStore(shortcuts);
  const mayReview = useMay('REVIEW_AUDITS');
  return (
    <>
      <label className="switch">
        <input
          type="checkbox"
          checked={isOn}
          onChange={({ target }) => switchShortcuts(target.checked)}
        />
        <span>
          <strong>{say('singleKeys')}</strong>
          <span className="note">{say('singleKeysHint')}</span>
        </span>
      </label>
      <dl className={`keys ${isOn ? '' : 'off'}`}>
        {[...EVERYONE, ...(mayReview ? REVIEWERS : []), [['?'], 'keyHelp'] as const].map(
          ([names, word]) => (
            <Row key={word} names={names}>
              {say(word)}
            </Row>
          ),
        )}
      </dl>
      <dl className="keys">
        <Row names={['Ctrl', 'Enter']}>{say('keySubmit')}</Row>
        <Row names={['Esc']}>{say('keyEscape')}</Row>
      </dl>
    </>
  );
}

function Row({ names, children }: { names: readonly string[]; children: string }) {
  return (
    <div>
      <dt>
        {names.map((name) => (
          <kbd key={name}>{name}</kbd>
        ))}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
