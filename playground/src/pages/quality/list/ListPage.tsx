import './list.css';
import { useRef } from 'react';
import { Answered } from '../../../ui/Answered';
import { Card } from '../../../ui/Card';
import { KeysButton } from '../queue/KeysButton';
import { NextAudit } from '../queue/NextAudit';
import { useAudits } from '../useAudits';
import { useChosen } from '../useChosen';
import { useQualityWords } from '../words';
import { AuditList } from './AuditList';
import { Download } from './Download';
import { Figures } from './Figures';
import { Filters } from './Filters';
import { FindingCounts } from './FindingCounts';
import { useListKeys } from './useListKeys';

/** The figures of quality, and the audits behind them. */
export function ListPage() {
  const say = useQualityWords();
  const { variables } = useChosen();
  const { seesAll, figures, list, operation } = useAudits(variables);
  const audits = useRef<HTMLDivElement>(null);
  useListKeys(audits, list.data?.quality.records.items ?? []);
  return (
    <>
      <div className="page-head">
        <h1>{say('title')}</h1>
        <div className="toolbar">
          <NextAudit />
          <KeysButton />
        </div>
      </div>
      {seesAll ? (
        <Answered answer={figures} height={150}>
          {(data) => <Figures quality={data.quality} source={{ operation, variables }} />}
        </Answered>
      ) : (
        <p className="banner info">{say('ownOnly')}</p>
      )}
      <div className={seesAll ? 'quality-columns' : 'stack'}>
        <Card
          title={say('audits')}
          source={{ operation, variables }}
          actions={<Download filter={variables.filter} />}
        >
          <Filters rows={list.data?.quality.records.items ?? []} />
          <div ref={audits} aria-busy={list.isPlaceholderData}>
            <Answered answer={list} height={420}>
              {(data) => <AuditList records={data.quality.records} />}
            </Answered>
          </div>
        </Card>
        {seesAll && <FindingCounts />}
      </div>
    </>
  );
}
