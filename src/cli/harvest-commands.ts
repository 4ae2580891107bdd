import type { AddCommand } from './command-context.ts';
import { wholeNumber } from './option-values.ts';
import { type HubWhere, hubThatIsThere } from './site-commands.ts';

/** `hub harvest`, `hub harvest add|now|remove`: catalogues of others that the hub reads. */
export const addHarvestCommands: AddCommand = (hub, contextOf) => {
  const harvest = hub
    .command('harvest')
    .description('other catalogues (FAIR Data Points) that the hub reads, and how the last visit went')
    .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .addHelpText('after', '\nExample:\n  unica hub harvest --home /srv/unica-hub')
    .action(async (where: HubWhere) => {
      const { settings, terminal } = contextOf();
      const { withHubCatalogues } = await import('#hub');
      const config = await hubThatIsThere(where, settings);
      const sources = await withHubCatalogues(config, async (catalogues) => await catalogues.harvest.sources());
      terminal.answer({ sources: [...sources] }, () => {
        terminal.table(
          ['number', 'catalogue', 'address', 'records', 'last visit', 'outcome', 'next'],
          sources.map((source) => [
            source.sourceId,
            source.title,
            source.address,
            String(source.records),
            source.visitedAtMs === null ? '–' : new Date(source.visitedAtMs).toISOString(),
            source.outcome,
            new Date(source.nextAtMs).toISOString(),
          ]),
        );
        for (const { title, problems } of sources) {
          for (const { problem } of problems) terminal.line(`${title}: ${problem}`);
        }
      });
    });
  const within = (name: string, words: string) =>
    harvest
      .command(name)
      .description(words)
      .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
      .option('--database-url <url>', 'postgres://… where the hub uses one');
  within('add', 'read another catalogue from now on')
    .argument('<address>', 'of the FAIR Data Point or of one catalogue, beginning with https://')
    .option('--every-hours <hours>', 'how often it is read (1–720)', wholeNumber(1, 720), 24)
    .addHelpText('after', '\nExample:\n  unica hub harvest add https://fdp.example.eu --every-hours 24')
    .action(async (address: string, _: unknown, command: { optsWithGlobals(): AddOptions }) => {
      const { settings, terminal } = contextOf();
      const { everyHours, home, databaseUrl } = command.optsWithGlobals();
      const { addCatalogue, withHubCatalogues } = await import('#hub');
      const source = await withHubCatalogues(
        await hubThatIsThere({ home, databaseUrl }, settings),
        async (catalogues) => await addCatalogue(catalogues, { address, everyHours }, 'command-line'),
      );
      terminal.answer({ ...source, problems: [...source.problems] }, () =>
        terminal.line(`${source.sourceId}. A running hub reads it within two seconds.`),
      );
    });
  within('now', 'read a catalogue before its time, here and now')
    .argument('<number>', 'of the catalogue, such as source-3f9a…')
    .addHelpText('after', '\nExample:\n  unica hub harvest now source-0123456789abcdef0123')
    .action(async (sourceId: string, _: unknown, command: { optsWithGlobals(): HubWhere }) => {
      const { settings, terminal } = contextOf();
      const { home, databaseUrl } = command.optsWithGlobals();
      const { withHubCatalogues } = await import('#hub');
      const report = await withHubCatalogues(
        await hubThatIsThere({ home, databaseUrl }, settings),
        async (catalogues) => await catalogues.readNow(sourceId),
      );
      if (report === undefined) {
        terminal.answer({ sourceId, isReadByHub: true }, () => terminal.line('A running hub reads it.'));
        return;
      }
      terminal.answer({ ...report, problems: [...report.problems] }, () => {
        const { outcome, added, changed, removed, documents, unchanged, problems } = report;
        terminal.line(
          `${outcome}: ${added} new records, ${changed} changed, ${removed} gone; ${documents} documents, ${unchanged} of them unchanged`,
        );
        for (const { problem } of problems) terminal.line(problem);
      });
    });
  within('remove', 'read a catalogue no longer, and forget its records')
    .argument('<number>', 'of the catalogue, such as source-3f9a…')
    .addHelpText('after', '\nExample:\n  unica hub harvest remove source-0123456789abcdef0123')
    .action(async (sourceId: string, _: unknown, command: { optsWithGlobals(): HubWhere }) => {
      const { settings, terminal } = contextOf();
      const { home, databaseUrl } = command.optsWithGlobals();
      const { removeCatalogue, withHubCatalogues } = await import('#hub');
      const gone = await withHubCatalogues(
        await hubThatIsThere({ home, databaseUrl }, settings),
        async (catalogues) => await removeCatalogue(catalogues, sourceId, 'command-line'),
      );
      terminal.answer({ sourceId, records: gone.records }, () =>
        terminal.line(`${gone.title} is read no longer; ${gone.records} of its records are forgotten.`),
      );
    });
};

interface AddOptions extends HubWhere {
  readonly everyHours: number;
}
