import { useFormat } from '../../i18n/format';
import { useChosen } from '../../ui/address';
import { Card } from '../../ui/Card';
import type { Source } from '../../ui/QueryLink';
import { Sortable } from '../../ui/Sortable';
import type { BooksModel } from './asked';
import { CostCell } from './CostCell';
import { addressOf, MODEL_COLUMNS, orderIn, sorted } from './model-order';
import { ShareBar } from './ShareBar';
import { PARTS } from './tokens';
import { percentOf, totalsOf } from './totals';
import { useBillingWords } from './words';

/** What each model of the month used and cost. */
export function ModelsCard({ models, source }: { models: readonly BooksModel[]; source: Source }) {
  const say = useBillingWords();
  const [params, choose] = useChosen();
  const order = orderIn(params.get('sort'));
  const { tokens } = totalsOf(models);
  return (
    <Card title={say('models')} source={source}>
      <div className="table-frame">
        <table>
          <thead>
            <tr>
              {MODEL_COLUMNS.map(({ column, word, isNumber }) => (
                <Sortable
                  key={column}
                  column={column}
                  order={order}
                  onOrder={(next) => choose({ sort: addressOf(next) })}
                  className={isNumber ? 'number' : undefined}
                >
                  {say(word)}
                </Sortable>
              ))}
              <th scope="col">{say('share')}</th>
              {PARTS.map(({ field, colour }) => (
                <th key={field} scope="col" className="number">
                  <span className="key">
                    <i style={{ background: `var(${colour})` }} />
                    {say(field)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted(models, order).map((model) => (
              <ModelRow key={model.model ?? ''} model={model} allTokens={tokens} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function ModelRow({ model, allTokens }: { model: BooksModel; allTokens: number }) {
  const say = useBillingWords();
  const format = useFormat();
  return (
    <tr>
      <th scope="row">{model.model ?? <em>{say('noModel')}</em>}</th>
      <CostCell row={model} />
      <td className="number">{format.count(model.totalApiCalls)}</td>
      <td className="number">{format.count(model.totalTokens)}</td>
      <td>
        <ShareBar
          tokens={model}
          percent={percentOf(model.totalTokens, allTokens)}
          all={allTokens}
        />
      </td>
      {PARTS.map(({ field }) => (
        <td key={field} className="number">
          {format.count(model[field])}
        </td>
      ))}
    </tr>
  );
}
