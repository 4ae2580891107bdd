/** What the program takes from its environment, as flat text; the only place that reads `process.env`. */
export interface Environment {
  /** `UNICA_DATABASE_URL` as `databaseUrl`, and so on: the settings of hub and node. */
  readonly settings: Readonly<Record<string, string>>;
  /** Colours are unwanted (https://no-color.org). */
  readonly noColour: boolean;
}

const PREFIX = 'UNICA_';

/** Reads the environment once. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || value === undefined || value === '') continue;
    settings[camelCase(name.slice(PREFIX.length))] = value;
  }
  // What other programs of the machine go by; a loopback hub of a demonstration is not behind it.
  const proxy = env['HTTPS_PROXY'] ?? env['https_proxy'] ?? '';
  if (proxy !== '' && settings['hubProxy'] === undefined) settings['proxyOfEnvironment'] = proxy;
  return { settings, noColour: (env['NO_COLOR'] ?? '') !== '' };
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
