import { codeOf } from '../../../api/failure';
import { useQualityWords } from '../words';

/** Why a form was not taken. */
export function FormFailure({ error }: { error: Error | null }) {
  const say = useQualityWords();
  if (!error) {
    return null;
  }
  const text =
    codeOf(error) === 'CONFLICT'
      ? say('conflict')
      : codeOf(error) === 'UNREACHABLE'
        ? say('notSent')
        : say('notTaken', { reason: error.message });
  return (
    <p className="banner bad" role="alert">
      {text}
    </p>
  );
}
