import { type ReactNode, Suspense, useEffect } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { answers } from '../api/answers';
import { silentSince } from '../api/reach';
import { useStore } from '../api/store';
import { Empty, Loading } from '../ui/states';
import { Boundary } from './Boundary';
import { DemoBanner } from './DemoBanner';
import { PAGES } from './pages';
import { SettingsMenu } from './SettingsMenu';
import { SilenceBanner } from './SilenceBanner';
import { useViewer } from './viewer';
import { useShellWords } from './words';

/** The frame around all pages: navigation, settings, and what holds for each of them. */
export function Shell() {
  const say = useShellWords();
  const { isDemo } = useViewer();
  useFreshAnswers();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {say('skip')}
      </a>
      <header className="masthead">
        <Link href="/monitoring" className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          Deskpulse
        </Link>
        {isDemo && (
          <span className="badge warn" title={say('demoHint')}>
            {say('demo')}
          </span>
        )}
        <SettingsMenu />
      </header>
      <nav aria-label={say('pages')}>
        <ul>
          {PAGES.map(({ name, path, icon }) => (
            <li key={name}>
              <NavLink href={path} icon={icon}>
                {say(name)}
              </NavLink>
            </li>
          ))}
          <li>
            <a className="nav-link" href="/playground/">
              <Icon path="M8 6l-6 6 6 6M16 6l6 6-6 6" />
              {say('Playground')}
            </a>
          </li>
        </ul>
      </nav>
      <main id="content" tabIndex={-1}>
        <SilenceBanner />
        <DemoBanner />
        <Pages />
      </main>
    </div>
  );
}

function Pages() {
  const say = useShellWords();
  const [location] = useLocation();
  return (
    <Boundary key={location.split('/')[1]}>
      <Suspense fallback={<Loading height={320} />}>
        <Switch>
          {PAGES.map(({ name, path, Page }) => (
            <Route key={name} path={path} nest>
              <Titled title={say(name)}>
                <Page />
              </Titled>
            </Route>
          ))}
          <Route path="/">
            <Redirect to="/monitoring" replace />
          </Route>
          <Route>
            <Empty title={say('notFound')}>
              <Link href="/monitoring">{say('toMonitoring')}</Link>
            </Empty>
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  );
}

function Titled({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Deskpulse`;
  }, [title]);
  return children;
}

function NavLink({ href, icon, children }: { href: string; icon: string; children: ReactNode }) {
  const [location] = useLocation();
  const isHere = location === href || location.startsWith(`${href}/`);
  return (
    <Link href={href} className="nav-link" aria-current={isHere ? 'page' : undefined}>
      <Icon path={icon} />
      {children}
    </Link>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}

/** Asks everything again once the service is back. */
function useFreshAnswers(): void {
  const isSilent = useStore(silentSince) !== null;
  useEffect(() => {
    if (!isSilent) {
      answers.invalidateQueries();
    }
  }, [isSilent]);
}
