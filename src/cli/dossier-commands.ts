import { dossierDocumentSchema, dossierItemSchema } from '#wire';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';

const HOME = ['--home <dir>', "the node's data folder (default: .unica/node)"] as const;

/** `node dossier show`, `node dossier enter`. */
export const addDossierCommands: AddCommand = (node, contextOf) => {
  const dossier = node.command('dossier').description('the legal dossier: what has to be there before data are shared');

  dossier
    .command('show')
    .description('what is there, until when, and what hinders publishing')
    .option(...HOME)
    .addHelpText('after', '\nExample:\n  unica node dossier show --home /srv/unica-node')
    .action(async (options: { readonly home?: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, nodeDossier } = await import('#node');
      const view = await nodeDossier(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer(view as never, () => {
        terminal.table(
          ['item', 'state', 'until', 'document'],
          view.entries
            .filter(({ state }) => state !== 'not-needed')
            .map(({ item, state, document }) => [item, state, document?.validUntil ?? '–', document?.reference ?? '–']),
        );
        terminal.line(
          view.hindrances.length === 0
            ? 'Nothing hinders publishing.'
            : `Nothing is published while this is missing: ${view.hindrances.join(', ')}.`,
        );
        if (view.isExample) terminal.line('This is the example of a demonstration.');
      });
    });

  dossier
    .command('enter')
    .description('enter a document, or that an item does not apply')
    .argument('<item>', 'such as dpia; `unica node dossier show` lists them')
    .option(...HOME)
    .requiredOption('--reference <text>', 'where the document lies; or why the item does not apply')
    .requiredOption('--responsible <text>', 'who answers for it')
    .option('--from <day>', 'good from this day, such as 2026-09-01')
    .option('--until <day>', 'good until this day')
    .option('--does-not-apply', 'the item does not apply here')
    .addHelpText(
      'after',
      '\nExample:\n  unica node dossier enter dpia --reference "file 2026-114" --responsible "Data protection officer" --from 2026-09-01 --until 2027-08-31',
    )
    .action(async (item: string, options: EnterOptions) => {
      const { settings, terminal } = contextOf();
      const { enterInDossier, nodeConfig } = await import('#node');
      const { reference, responsible, from, until, doesNotApply, ...where } = options;
      const wish =
        doesNotApply === true
          ? { kind: 'does-not-apply', reference, responsible }
          : { kind: 'document', reference, responsible, validFrom: from, validUntil: until };
      const { UnicaError } = await import('#base');
      const name = dossierItemSchema.safeParse(item);
      const document = dossierDocumentSchema.safeParse(wish);
      if (!name.success || !document.success) {
        const where = name.success ? (document.error?.issues[0]?.path.join('.') ?? 'document') : 'item';
        const problem = name.success ? (document.error?.issues[0]?.message ?? '') : 'there is no such item';
        throw new UnicaError('http.invalid-input', { where, problem });
      }
      const config = nodeConfig(withOptions(settings, { ...where }));
      const view = await enterInDossier(config, name.data, document.data);
      terminal.answer(view as never, () => {
        terminal.line(
          `Entered. Missing now: ${view.hindrances.length === 0 ? 'nothing' : view.hindrances.join(', ')}.`,
        );
      });
    });
};

interface EnterOptions {
  readonly home?: string;
  readonly reference: string;
  readonly responsible: string;
  readonly from?: string;
  readonly until?: string;
  readonly doesNotApply?: boolean;
}
