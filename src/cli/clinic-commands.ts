import { UnicaError } from '#base';
import type { ClinicComparison, ClinicModel, ClinicTask } from '#wire';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { readInput } from './input-file.ts';
import { oneOf } from './option-values.ts';

const MODES = ['off', 'shown', 'shadow'] as const;
const TASKS = ['breast-risk', 'chest-nodule'] as const;
const LARGEST_TABLE_BYTES = 256 * 2 ** 20;

/** `node models`, `node set-model`, `node results compare`, `node results take-reads` */
export const addClinicCommands: AddCommand = (node, contextOf) => {
  node
    .command('models')
    .description('models that lie at this node, and what its owner decided of each')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica node models --home /srv/unica-node')
    .action(async (options: Where) => {
      const { settings, terminal } = contextOf();
      const { clinicModels, nodeConfig } = await import('#node');
      const models = await clinicModels(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer(models.map(modelRecord), () =>
        terminal.table(
          ['model', 'mode', 'version', 'alarm from', ''],
          models.map(({ name, mode, present, alarmFrom, isChanged, trouble }) => [
            name,
            mode,
            present?.version ?? '–',
            String(alarmFrom),
            trouble?.sentence ?? (isChanged ? 'another version than the one that was enabled: not used' : ''),
          ]),
        ),
      );
    });

  node
    .command('set-model')
    .description('show the results of a model to readers, keep them in shadow, or switch it off')
    .argument('<name>', 'the model')
    .argument('<mode>', MODES.join(', '), oneOf(MODES))
    .option('--alarm-from <share>', 'scores from here on are alarms where results are compared', shareOf)
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica node set-model chest-nodule shadow --home /srv/unica-node')
    .action(async (name: string, mode: (typeof MODES)[number], options: Where & { readonly alarmFrom?: number }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, setClinicModel } = await import('#node');
      const { alarmFrom, ...where } = options;
      const model = await setClinicModel(nodeConfig(withOptions(settings, where)), name, { mode, alarmFrom });
      terminal.answer(modelRecord(model), () =>
        terminal.line(`${name} ${model.enabled?.version ?? ''} is ${mode}; a running node follows at its next study.`),
      );
    });

  const results = node.command('results').description('what models said, held against what readers found');

  results
    .command('compare')
    .description(
      'agreement, sensitivity, specificity and alarms of each model against readers; withheld below 20 cases',
    )
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica node results compare --home /srv/unica-node --json')
    .action(async (options: Where) => {
      const { settings, terminal } = contextOf();
      const { compareWithReaders, nodeConfig } = await import('#node');
      const compared = await compareWithReaders(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer(compared.map(comparisonRecord), () => {
        for (const one of compared) for (const line of comparisonLines(one)) terminal.line(line);
        if (compared.length === 0)
          terminal.line('No result of a model and read of a reader are of the same examination.');
      });
    });

  results
    .command('take-reads')
    .description('bring in what readers found: a table with the columns accession, result, date')
    .argument('<file>', 'CSV')
    .requiredOption('--task <name>', `what was looked for: ${TASKS.join(', ')}`, oneOf(TASKS))
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica node results take-reads reads.csv --task chest-nodule')
    .action(async (path: string, options: Where & { readonly task: ClinicTask }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, takeReads } = await import('#node');
      const { task, ...where } = options;
      const rows = await readRows(path);
      const taken = await takeReads(nodeConfig(withOptions(settings, where)), task, rows);
      terminal.answer({ ...taken }, () =>
        terminal.line(
          `${taken.examinations} examinations taken; results of models are there for ${taken.known} of them.`,
        ),
      );
    });
};

interface Where {
  readonly home?: string;
}

async function readRows(path: string) {
  const { readCsv } = await import('#intake');
  const bytes = await readInput(path, LARGEST_TABLE_BYTES);
  const { header, rows } = readCsv(new TextDecoder('utf-8').decode(bytes));
  const columns = ['accession', 'result', 'date'].map((name) => {
    const at = header.findIndex((cell) => cell.toLowerCase() === name);
    if (at >= 0) return at;
    const hint = 'Give a table with the columns accession, result and date.';
    throw new UnicaError('cli.unreadable', { path, problem: `it has no column ${name}`, hint });
  });
  return rows.map((row) => {
    const [accessionNumber = '', result = '', date = ''] = columns.map((at) => row[at] ?? '');
    return { accessionNumber, result, date };
  });
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new UnicaError('cli.unreadable', { path: text, problem: 'it is no share', hint: 'Give a number from 0 to 1.' });
}

function modelRecord({ name, task, mode, present, enabled, alarmFrom, isChanged }: ClinicModel) {
  return {
    name,
    task,
    mode,
    version: present?.version ?? null,
    enabled_version: enabled?.version ?? null,
    alarm_from: alarmFrom,
    changed: isChanged,
  };
}

function comparisonRecord({ model, version, task, alarmFrom, refused, comparison }: ClinicComparison) {
  return { model, version, task, alarm_from: alarmFrom, refused, ...comparison };
}

function comparisonLines({ model, version, alarmFrom, refused, comparison }: ClinicComparison): readonly string[] {
  const head = `${model} ${version}, alarms from ${alarmFrom}`;
  if (comparison.kind === 'withheld')
    return [`${head}: withheld, ${comparison.cases} cases are fewer than ${comparison.least}; ${refused} were refused`];
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const share = (name: string, one: { readonly value: number; readonly low: number; readonly high: number } | null) =>
    `  ${name.padEnd(12)} ${one === null ? 'not known' : `${percent(one.value)} (${percent(one.low)} to ${percent(one.high)})`}`;
  return [
    `${head}: ${comparison.cases} cases, ${refused} were refused. The reader is no truth.`,
    share('agreement', comparison.agreement),
    `  ${'kappa'.padEnd(12)} ${comparison.kappa === null ? 'not known' : comparison.kappa.toFixed(2)}`,
    share('sensitivity', comparison.sensitivity),
    share('specificity', comparison.specificity),
    share('alarms', comparison.alarmRate),
    share('reader yes', comparison.readerRate),
  ];
}
