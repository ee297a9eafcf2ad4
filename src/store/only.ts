/** The one row that an insert, an aggregate or a select without a table answers. */
export function only<Row>(rows: readonly Row[]): Row {
  const row = rows[0]
  if (row === undefined) throw new Error('one row was expected')
  return row
}
