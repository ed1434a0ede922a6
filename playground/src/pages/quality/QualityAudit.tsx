import './quality.css';
import './queue/queue.css';
import { useEffect } from 'react';
import { Route, Switch } from 'wouter';
import { NoPermission } from '../../ui/states';
import { AuditPage } from './audit/AuditPage';
import { ListPage } from './list/ListPage';
import { NoticeBar } from './NoticeBar';
import { notice } from './notice';
import { useMayOwn } from './useMayOwn';
import { useQualityWords } from './words';

/** The QualityAudit page: the list of audits, and each of them. */
export default function QualityAudit() {
  const mayRead = useMayOwn('READ_AUDITS');
  // What was told belongs to this visit.
  useEffect(() => () => notice.set(null), []);
  return mayRead ? (
    <>
      <NoticeBar />
      <Switch>
        <Route path="/:id">{({ id }) => <AuditPage key={id} id={decodeURIComponent(id)} />}</Route>
        <Route>
          <ListPage />
        </Route>
      </Switch>
    </>
  ) : (
    <Forbidden />
  );
}

function Forbidden() {
  const say = useQualityWords();
  return (
    <>
      <h1>{say('title')}</h1>
      <section className="card">
        <NoPermission />
      </section>
    </>
  );
}
