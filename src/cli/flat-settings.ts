/** Settings as flat text; the houses turn them into their configuration. */
export type FlatSettings = Readonly<Record<string, string | undefined>>;

/** The environment's settings with the command line's put over them. */
export function withOptions(
  settings: FlatSettings,
  options: Readonly<Record<string, string | number | boolean | undefined>>,
): FlatSettings {
  const given = Object.entries(options).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return { ...settings, ...Object.fromEntries(given) };
}
