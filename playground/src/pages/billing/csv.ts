type Value = string | number | null;

/** A column: its name as in GraphQL, and what a row has in it. */
export interface Column<Row> {
  name: string;
  value(row: Row): Value;
}

/** Rows as CSV in the form of the exports: RFC 4180, a header first, null an empty cell. */
export function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map(({ value }) => value(row))),
  ];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const FORMULA = /^[=+\-@\t\r]/;

/** A spreadsheet would run text that begins like a formula: an apostrophe before it keeps it text. */
export function cell(value: Value): string {
  const text = value === null ? '' : String(value);
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Columns that are fields of the rows, by their names. */
export function fields<Row>(...names: (keyof Row & string)[]): Column<Row>[] {
  return names.map((name) => ({ name, value: (row) => row[name] as Value }));
}
