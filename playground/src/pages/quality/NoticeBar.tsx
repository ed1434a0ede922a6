import { useStore } from '../../api/store';
import { useUiWords } from '../../ui/words';
import { notice } from './notice';

/** Tells what the last action came to, until it is closed or another one follows. */
export function NoticeBar() {
  const sayOfAll = useUiWords();
  const present = useStore(notice);
  return (
    <div role="status" className={present ? `banner ${present.tone}` : 'visually-hidden'}>
      {present && (
        <>
          <span className="grow">{present.text}</span>
          <button type="button" className="button small" onClick={() => notice.set(null)}>
            {sayOfAll('close')}
          </button>
        </>
      )}
    </div>
  );
}
