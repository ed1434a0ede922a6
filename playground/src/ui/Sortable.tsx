import type { ReactNode } from 'react';

export interface Order<Column extends string> {
  column: Column;
  descending: boolean;
}

interface Props<Column extends string> {
  column: Column;
  order: Order<Column>;
  onOrder(order: Order<Column>): void;
  className?: string;
  children: ReactNode;
}

/** The head of a column that sorts its table; a second time the other way round. */
export function Sortable<Column extends string>(props: Props<Column>) {
  const { column, order, onOrder, className, children } = props;
  const isOrder = order.column === column;
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" className={className} aria-sort={isOrder ? direction : undefined}>
      <button
        type="button"
        className="sort"
        onClick={() => onOrder({ column, descending: isOrder && !order.descending })}
      >
        {children}
        <span aria-hidden="true">{isOrder ? (order.descending ? '▼' : '▲') : '↕'}</span>
      </button>
    </th>
  );
}
