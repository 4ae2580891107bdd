import type { Log } from '#base';
import type { CommandContext } from './command-context.ts';
import { untilEnded } from './until-ended.ts';

/** Runs a house until it is asked to end: by a signal, or with the program that started it. */
export async function serveUntilEnded<
  Config extends { readonly logLevel: 'info' | 'warn' | 'error' | 'silent' },
>(service: {
  readonly what: 'hub' | 'node';
  readonly config: Config;
  readonly start: (
    config: Config,
    log: Log,
  ) => Promise<{
    readonly url: string;
    readonly dicomPort?: number | undefined;
    close(): Promise<void>;
  }>;
  readonly withParent: boolean;
  readonly context: CommandContext;
}): Promise<void> {
  const { terminal, signal } = service.context;
  const ending = service.withParent ? AbortSignal.any([signal, parentGone()]) : signal;
  const { createLog } = await import('#observe');
  const log = createLog({ house: service.what, level: service.config.logLevel });
  const house = await service.start(service.config, log);
  try {
    const { dicomPort } = house;
    terminal.answer({ url: house.url, pid: process.pid, ...(dicomPort === undefined ? {} : { dicomPort }) }, () => {
      terminal.line(`The ${service.what} serves at ${house.url} (Ctrl-C ends it).`);
      if (dicomPort !== undefined) terminal.line(`It receives DICOM images on port ${dicomPort}.`);
    });
    await untilEnded(ending);
  } finally {
    await house.close();
    // An open channel to the parent would keep this process.
    if (service.withParent && process.connected) process.disconnect();
  }
}

/**
 * Aborted when the channel to the parent closes. A terminal sends Ctrl-C to the whole group: such a child leaves the
 * ending to its parent, so that it does not look like a crash there.
 */
function parentGone(): AbortSignal {
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort());
  if (process.connected !== true) gone.abort();
  return gone.signal;
}
