/** A number as its column holds it: `DECIMAL(5,2)` has two decimals and stays below 1,000. Undefined where it does not fit. */
export function fitNumber(value: number, sqlType: string): number | undefined {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(sqlType);
  if (decimal === null) return sqlType === 'INTEGER' ? Math.round(value) : value;
  const [digits, decimals] = [Number(decimal[1]), Number(decimal[2])];
  const fitted = Math.round(value * 10 ** decimals) / 10 ** decimals;
  return Math.abs(fitted) < 10 ** (digits - decimals) ? fitted : undefined;
}
