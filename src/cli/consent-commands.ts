import { CONSENT_PURPOSES, type ConsentPurpose } from '#wire';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { readInput } from './input-file.ts';
import { oneOf } from './option-values.ts';

const HOME = ['--home <dir>', "the node's data folder (default: .unica/node)"] as const;

/** `node consent show`, `opt-out`, `come-back`, `withdraw`, `basis`: what the patient's page does, for staff with a token. */
export const addConsentCommands: AddCommand = (node, contextOf) => {
  const consent = node
    .command('consent')
    .description('opt-outs and consents of a patient, and her log; the number is read from a file and not kept');

  for (const [name, words, decision] of [
    ['show', 'what she decided, and who used her data', undefined],
    ['opt-out', 'take her out of every secondary use', 'opt-out'],
    ['come-back', 'take an opt-out back', 'withdraw-opt-out'],
    ['withdraw', 'take back every consent, in one step', 'withdraw'],
  ] as const) {
    consent
      .command(name)
      .description(words)
      .option(...HOME)
      .requiredOption('--patient-file <file>', "a file with the hospital's number of the patient")
      .requiredOption('--token-file <file>', 'a token of the data protection officer, from `unica node token`')
      .addHelpText('after', `\nExample:\n  unica node consent ${name} --patient-file number.txt --token-file dpo.token`)
      .action(async (options: Options) => {
        const { settings, terminal } = contextOf();
        const { decideForPatient, nodeConfig } = await import('#node');
        const config = nodeConfig(withOptions(settings, { home: options.home }));
        const record = await decideForPatient(config, {
          patientId: await textOf(options.patientFile),
          token: await textOf(options.tokenFile),
          decision,
        });
        terminal.answer(record as never, () => {
          terminal.line(
            record.isUsed
              ? `May be used: ${record.studies} examinations, datasets: ${record.effect.datasets.join(', ')}.`
              : 'Is not used.',
          );
          terminal.line(`Models that were trained before and stay: ${record.effect.models.length}.`);
          if (record.consent !== null) terminal.line(`Consents to: ${record.consent.purposes.join(', ')}.`);
          for (const { purpose, uses } of record.projects) terminal.line(`${purpose} (${uses.length} uses)`);
          terminal.line(`Counted among many, without a name, in ${record.counts.questions} questions.`);
          for (const { times, ground } of record.similar)
            terminal.line(`Films shown beside those of another person: ${times} times (${ground}).`);
        });
      });
  }

  consent
    .command('basis')
    .description('why the dataset may be used: by law, or by consent to one purpose')
    .option(...HOME)
    .option('--purpose <purpose>', `by consent to it: ${CONSENT_PURPOSES.join(', ')}`, oneOf(CONSENT_PURPOSES))
    .option('--by-law', 'by law, unless people opt out')
    .requiredOption('--token-file <file>', 'a token of the data protection officer')
    .addHelpText('after', '\nExample:\n  unica node consent basis --purpose cancer-research --token-file dpo.token')
    .action(async (options: BasisOptions) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, setBasis } = await import('#node');
      const { purpose } = options;
      if ((purpose === undefined) === (options.byLaw !== true)) {
        const { UnicaError } = await import('#base');
        throw new UnicaError('http.invalid-input', { where: '--purpose', problem: 'give a purpose or --by-law' });
      }
      const config = nodeConfig(withOptions(settings, { home: options.home }));
      const basis = await setBasis(config, { token: await textOf(options.tokenFile), purpose });
      terminal.answer(basis as never, () => {
        terminal.line(basis.kind === 'law' ? 'By law, unless people opt out.' : `By consent to ${basis.purpose}.`);
      });
    });
};

async function textOf(path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path)).trim();
}

interface Options {
  readonly home?: string;
  readonly patientFile: string;
  readonly tokenFile: string;
}

interface BasisOptions {
  readonly home?: string;
  readonly purpose?: ConsentPurpose;
  readonly byLaw?: boolean;
  readonly tokenFile: string;
}
