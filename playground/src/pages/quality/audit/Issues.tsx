import { useQualityWords } from '../words';
import { issuesOf } from './issues';

/** What was found, in the form that it was given. */
export function Issues({ issues }: { issues: unknown }) {
  const say = useQualityWords();
  const read = issuesOf(issues);
  if (read === null) {
    return null;
  }
  return (
    <section>
      <h3>{say('issues')}</h3>
      {typeof read === 'string' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard
        <pre tabIndex={0}>{read}</pre>
      ) : (
        <ul className="issues">
          {read.map((issue, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they have no names of their own
            <li key={index}>
              {issue.map(([name, value]) => (
                <span key={name}>
                  {name && <span className="note">{name}: </span>}
                  {value}{' '}
                </span>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
