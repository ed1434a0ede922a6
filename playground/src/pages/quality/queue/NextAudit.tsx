import { useStore } from '../../../api/store';
import { useMay } from '../../../shell/viewer';
import { useQualityWords } from '../words';
import { Key } from './Key';
import { useKeys } from './keys';
import { chooseOrder, ORDERS, queueOrder } from './order';
import { useNext } from './useNext';

/** Takes the next audit of the queue, by click or N; nothing for whom does not review. */
export function NextAudit() {
  return useMay('REVIEW_AUDITS') ? <Queue /> : null;
}

function Queue() {
  const say = useQualityWords();
  const order = useStore(queueOrder);
  return (
    <>
      <label className="queue-order">
        {say('queueOrder')}
        <select
          className="control"
          value={order}
          onChange={({ target }) => {
            const wanted = ORDERS.find((one) => one === target.value);
            chooseOrder(wanted ?? order);
          }}
        >
          {ORDERS.map((one) => (
            <option key={one} value={one}>
              {say(one)}
            </option>
          ))}
        </select>
      </label>
      <NextButton />
    </>
  );
}

/** Where the focus goes when there is nothing more to do with an audit. */
const ID = 'next-audit';

export function focusNext(): void {
  document.getElementById(ID)?.focus();
}

function NextButton() {
  const say = useQualityWords();
  const next = useNext();
  const order = useStore(queueOrder);
  const take = () => !next.isPending && next.mutate(order);
  useKeys({ n: take });
  return (
    <button
      type="button"
      id={ID}
      className="button primary"
      aria-disabled={next.isPending}
      onClick={take}
    >
      {say('takeNext')} <Key name="N" />
    </button>
  );
}
