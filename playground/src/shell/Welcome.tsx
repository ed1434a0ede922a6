import { useState } from 'react';
import { Failed } from '../ui/states';
import { useStartDemo } from './demo';
import { LanguageSelect } from './SettingsMenu';
import { useMay, useViewer } from './viewer';
import { useShellWords } from './words';

/** The first screen of an empty service: how to send an event, or look at the demo. */
export function Welcome() {
  const say = useShellWords();
  const { demo } = useViewer();
  return (
    <main className="welcome">
      <section className="card">
        <header>
          <h1>
            <img src="/icon.svg" alt="" width="28" height="28" /> {say('welcome')}
          </h1>
          <LanguageSelect />
        </header>
        <p>{say('welcomeHint')}</p>
        <FirstEvent />
      </section>
      {demo && <DemoOffer />}
    </main>
  );
}

function FirstEvent() {
  const say = useShellWords();
  const mayNotWithout = useViewer().isOpen ? '' : ` \\\n  -H 'authorization: Bearer YOUR_KEY'`;
  const command = `curl ${window.location.origin}/graphql -H 'content-type: application/json'${mayNotWithout} -d '{
  "query": "mutation($e: TrackEventInput!) { trackEvent(input: $e) { id status } }",
  "variables": { "e": { "name": "session.start", "product": "ai_chatbot",
                        "sessionId": "s-1", "data": { "channel": "app" } } } }'`;
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard */}
      <pre tabIndex={0}>{command}</pre>
      <button type="button" className="button" onClick={copy}>
        {say(isCopied ? 'copied' : 'copy')}
      </button>
    </>
  );
}

function DemoOffer() {
  const say = useShellWords();
  const start = useStartDemo();
  return useMay('MANAGE_DEMO') ? (
    <section className="card">
      <h2>{say('demoOffer')}</h2>
      <p>{say('demoOfferHint')}</p>
      <button
        type="button"
        className="button primary"
        disabled={start.isPending}
        onClick={start.show}
      >
        {say('startDemo')}
      </button>
      {start.isError && <Failed error={start.error} />}
    </section>
  ) : null;
}
