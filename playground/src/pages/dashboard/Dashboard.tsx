import './dashboard.css';
import { lazy, Suspense } from 'react';
import { useMay, useViewer } from '../../shell/viewer';
import { NoPermission } from '../../ui/states';
import { Agents } from './Agents';
import { explainingOf } from './address';
import { Breakdown } from './Breakdown';
import { Head } from './Head';
import { Resolution } from './Resolution';
import { Satisfaction } from './Satisfaction';
import { Times } from './Times';
import { Today } from './Today';
import { Trend } from './Trend';
import { useAddress } from './useAddress';

const Explanation = lazy(() => import('./explain/Explanation'));

/** The Dashboard page: how the desk does, today and over weeks, and how each number comes about. */
export default function Dashboard() {
  const { params, view, change } = useAddress();
  const mayRead = useMay('READ_FIGURES');
  const mayReadAgents = useMay('READ_AGENT_FIGURES');
  const hasOwn = useViewer().ownRights.includes('READ_AGENT_FIGURES');
  if (!mayRead) {
    return (
      <>
        <Head view={view} isBare />
        {mayReadAgents || hasOwn ? <Agents view={view} isOwn /> : <NoPermission />}
      </>
    );
  }
  const explaining = explainingOf(params, view);
  return (
    <>
      <Head view={view} />
      <Today view={view} />
      <div className="dashboard">
        <Trend view={view} />
        <Satisfaction view={view} />
        <Resolution view={view} />
        <Times view={view} />
        <Breakdown view={view} dimension="channel" />
        <Breakdown view={view} dimension="product" />
        {(mayReadAgents || hasOwn) && <Agents view={view} />}
      </div>
      {explaining && (
        <Suspense>
          <Explanation
            key={explaining.metric}
            explaining={explaining}
            onClose={() => change({ explain: null, over: null, of: null, after: null })}
          />
        </Suspense>
      )}
    </>
  );
}
