import { useEffect, useState } from 'react';
import { useChosen } from '../../ui/address';
import { AssumptionField } from './AssumptionField';
import { ASSUMPTIONS, type Assumed, accepted, paramsOf } from './assumptions';
import { useBillingWords } from './words';

/** How long a slider rests before it is asked. */
const REST_MS = 250;

interface Props {
  configured: Assumed;
  /** What the address assumes. */
  assumed: Partial<Assumed>;
}

/** The assumptions with a slider each; moved, they go into the address after a moment. */
export function AssumptionsForm({ configured, assumed }: Props) {
  const say = useBillingWords();
  const [, choose] = useChosen();
  const [moved, setMoved] = useState<Partial<Assumed>>({});
  const present = { ...configured, ...assumed, ...moved };

  useEffect(() => {
    if (Object.keys(moved).length === 0) {
      return;
    }
    const timer = setTimeout(() => {
      const sound = ASSUMPTIONS.filter((one) => accepted(one, moved[one.name] ?? '') !== undefined);
      const taken = Object.fromEntries(sound.map(({ name }) => [name, moved[name]]));
      choose(paramsOf({ ...assumed, ...taken }, configured), { replace: true });
      if (sound.length === Object.keys(moved).length) {
        setMoved({});
      }
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [moved, assumed, configured, choose]);

  const reset = () => {
    setMoved({});
    choose(paramsOf({}, configured), { replace: true });
  };
  const isOwn = Object.keys(assumed).length + Object.keys(moved).length > 0;
  return (
    <form className="assumptions" onSubmit={(event) => event.preventDefault()}>
      <h3>{say('assumptions')}</h3>
      {ASSUMPTIONS.map((one) => (
        <AssumptionField
          key={one.name}
          assumption={one}
          configured={configured[one.name]}
          value={present[one.name] ?? ''}
          onMove={(value) => setMoved((before) => ({ ...before, [one.name]: value }))}
        />
      ))}
      <button type="button" className="button" disabled={!isOwn} onClick={reset}>
        {say('resetAssumptions')}
      </button>
    </form>
  );
}
