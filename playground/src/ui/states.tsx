import type { ReactNode } from 'react';
import { codeOf } from '../api/failure';
import { useRoleName } from '../shell/viewer';
import { useUiWords } from './words';

/** While the first answer is awaited: the room it will take. */
export function Loading({ height = 120 }: { height?: number }) {
  const say = useUiWords();
  return (
    <div role="status">
      <div className="skeleton" style={{ height }} />
      <span className="visually-hidden">{say('loading')}</span>
    </div>
  );
}

/** Nothing is there, which is no fault. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function NoPermission() {
  const say = useUiWords();
  const role = useRoleName();
  return (
    <div className="state">
      <strong>{say('forbidden')}</strong>
      <p>{say('forbiddenHint', { role })}</p>
    </div>
  );
}

/** Why there is no answer, and a way to ask again. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?(): void }) {
  const say = useUiWords();
  const code = codeOf(error);
  if (code === 'FORBIDDEN') {
    return <NoPermission />;
  }
  const detail = code === 'BAD_USER_INPUT' || code === 'CONFLICT' || code === 'NOT_FOUND';
  return (
    <div className="state" role="alert">
      <strong>{say(reason(code))}</strong>
      {detail && error instanceof Error && <p>{error.message}</p>}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          {say('retry')}
        </button>
      )}
    </div>
  );
}

function reason(code: string) {
  switch (code) {
    case 'UNREACHABLE':
      return 'unreachable';
    case 'UNAVAILABLE':
      return 'unavailable';
    case 'RATE_LIMITED':
      return 'limited';
    default:
      return 'failed';
  }
}
