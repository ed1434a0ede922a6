import { useAnswer } from '../../../api/answers';
import { ExplainMetric } from '../../../gql/operations';
import { Answered } from '../../../ui/Answered';
import { Drawer } from '../../../ui/Drawer';
import { type Explaining, filterOf } from '../address';
import { useFigureNames } from '../names';
import { Days } from './Days';
import { Definition } from './Definition';
import { Outcome } from './Outcome';
import { Rows } from './Rows';
import { Substance } from './Substance';

interface Props {
  explaining: Explaining;
  onClose(): void;
}

/** How a figure comes about: its definition, its sums, its days, and the very rows. */
export default function Explanation({ explaining, onClose }: Props) {
  const name = useFigureNames();
  const { metric, from, to } = explaining;
  const variables = { metric, from, to, filter: filterOf(explaining) };
  const answer = useAnswer(ExplainMetric, variables);
  return (
    <Drawer title={name(metric)} onClose={onClose}>
      <Answered answer={answer} height={480}>
        {({ explain }) => (
          <>
            <Outcome explaining={explaining} explained={explain} variables={variables} />
            <Definition explained={explain} metric={metric} />
            <Substance explained={explain} />
            <Days explained={explain} explaining={explaining} />
            <Rows explained={explain} variables={variables} />
          </>
        )}
      </Answered>
    </Drawer>
  );
}
