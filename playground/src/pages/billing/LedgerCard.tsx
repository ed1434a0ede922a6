import { type FormEvent, useId, useRef } from 'react';
import { useChosen } from '../../ui/address';
import { Card } from '../../ui/Card';
import { LedgerDrawer } from './LedgerDrawer';
import { useBillingWords } from './words';

/** Looks one call up by its id. */
export function LedgerCard() {
  const say = useBillingWords();
  const id = useId();
  const requestId = useRef<HTMLInputElement>(null);
  const provider = useRef<HTMLInputElement>(null);
  const [params, choose] = useChosen();
  const call = params.get('call');
  const lookUp = (event: FormEvent) => {
    event.preventDefault();
    choose({
      call: requestId.current?.value.trim() || null,
      provider: provider.current?.value.trim() || null,
    });
  };
  return (
    <Card title={say('ledger')}>
      <p className="note">{say('ledgerHint')}</p>
      <form className="lookup" onSubmit={lookUp}>
        <label className="field" htmlFor={`${id}-call`}>
          {say('requestId')}
          <input
            ref={requestId}
            id={`${id}-call`}
            required
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            defaultValue={call ?? ''}
          />
        </label>
        <label className="field" htmlFor={`${id}-provider`}>
          {say('provider')}
          <input
            ref={provider}
            id={`${id}-provider`}
            maxLength={30}
            autoComplete="off"
            spellCheck={false}
            defaultValue={params.get('provider') ?? ''}
          />
        </label>
        <button type="submit" className="button primary">
          {say('lookUp')}
        </button>
      </form>
      {call && (
        <LedgerDrawer
          requestId={call}
          provider={params.get('provider')}
          onClose={() => choose({ call: null, provider: null })}
        />
      )}
    </Card>
  );
}
