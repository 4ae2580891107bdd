import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { ColumnProposal, MappingMeans, ProposalReason } from '#mapping';
import type { AddCommand } from './command-context.ts';
import { mustExist, readInput, readSecret } from './input-file.ts';
import { wholeNumber } from './option-values.ts';

/** `mapping propose`, `mapping apply`, `mapping elements`, `concepts` */
export const addMappingCommands: AddCommand = (program, contextOf) => {
  const mapping = program
    .command('mapping')
    .description('clinical tables as they are, into the EUCAIM common data model');

  mapping
    .command('propose')
    .description('say what every column and value of a table seems to mean, and write it down as a mapping to correct')
    .argument(
      '<table>',
      'CSV file, in any encoding and with any separator, a workbook (XLSX), FHIR (JSON, NDJSON), or a folder of OMOP tables',
    )
    .option('--out <file>', 'write the mapping (YAML)')
    .option('--learn <file...>', 'mappings accepted before: the same headings and values are taken over')
    .addHelpText('after', '\nExample:\n  unica mapping propose tumour-registry.csv --out registry.yaml')
    .action(async (path: string, options: { readonly out?: string; readonly learn?: readonly string[] }) => {
      const { terminal } = contextOf();
      const { readClinicalTable } = await import('#intake');
      const { mappingOf, profileTable, proposeMapping, rulesFrom, writeMapping } = await import('#mapping');
      const table = await readClinicalTable(path);
      const learnt = rulesFrom(await Promise.all((options.learn ?? []).map(readMappingFile)));
      const profiles = profileTable(table, today());
      const proposals = proposeMapping(profiles, learnt);
      const document = mappingOf(proposals);
      if (options.out !== undefined) await writeFile(options.out, writeMapping(document));
      const { encoding, separator } = table;
      const columns = proposals.map((proposal, index) => ({ ...proposal, profile: withoutValues(profiles[index]) }));
      terminal.answer({ rows: table.rows.length, encoding, separator, columns }, () => {
        terminal.line(`${table.rows.length} rows, ${table.header.length} columns (${encoding})`);
        for (const { row, column, problem } of table.notes)
          terminal.line(`  ${problem}${column === '' ? '' : ` ${column}`}${row === 0 ? '' : ` (row ${row + 1})`}`);
        terminal.table(
          ['column', 'meaning', 'sure', 'why', 'to decide'],
          proposals.map((proposal) => [
            proposal.column,
            proposal.element ?? (proposal.decision === 'leave-out' ? 'left out' : '?'),
            proposal.decision === 'undecided' ? '' : `${Math.round(100 * proposal.confidence)} %`,
            proposal.reasons.map(reasonText).join(', ') || alternativesText(proposal),
            undecidedText(proposal),
          ]),
        );
        if (options.out === undefined)
          terminal.line('Write it down with --out, correct it, then run unica mapping apply.');
      });
    });

  mapping
    .command('apply')
    .description('turn a table into the tables of the common data model, as its mapping says')
    .argument('<table>', 'CSV file, workbook (XLSX), FHIR (JSON, NDJSON), or a folder of OMOP tables')
    .requiredOption('--mapping <file>', 'the mapping (YAML)')
    .requiredOption('--out <dir>', 'folder for the 24 tables, and issues.csv with every cell that was not taken over')
    .option('--dataset <id>', 'identifier of the data set, before the names of the files', 'dataset')
    .option('--site <id>', 'name of the site, part of every pseudonym', 'local')
    .option('--secret-file <file>', "the site's secret, as for the images (default: a new one for this run)")
    .addHelpText(
      'after',
      '\nExample:\n  unica mapping apply registry.csv --mapping registry.yaml --out cdm --site lisbon --secret-file site.secret',
    )
    .action(async (path: string, options: ApplyOptions) => {
      const { terminal } = contextOf();
      const { readClinicalTable, csvLine } = await import('#intake');
      const { applyMapping, writeCdmCsv } = await import('#mapping');
      if (!/^[\w.-]{1,64}$/.test(options.dataset)) {
        throw new UnicaError('cli.unreadable', {
          path: options.dataset,
          problem: 'it is no identifier of a data set',
          hint: 'Use letters, digits, points and hyphens.',
        });
      }
      const document = await readMappingFile(options.mapping);
      const table = await readClinicalTable(path);
      await mustBeEmpty(options.out);
      const result = applyMapping(table, document, await meansOf(options));
      for (const [name, text] of writeCdmCsv(result.rows, options.dataset))
        await writeFile(join(options.out, name), text);
      // Rows are counted as a spreadsheet counts them, the heading being the first.
      const issues = result.issues.map(({ row, column, problem }) => csvLine([String(row + 1), column, problem]));
      await writeFile(join(options.out, 'issues.csv'), `${['row,column,problem', ...issues].join('\n')}\n`);
      const tables: Record<string, number> = {};
      for (const row of result.rows) tables[row.table] = (tables[row.table] ?? 0) + 1;
      const problems: Record<string, number> = {};
      for (const { problem } of result.issues) problems[problem] = (problems[problem] ?? 0) + 1;
      const { read, withoutPerson, missingColumns, unmappedColumns } = result;
      const answer = {
        read,
        without_person: withoutPerson,
        tables,
        problems,
        missing_columns: missingColumns,
        unmapped_columns: unmappedColumns,
      };
      terminal.answer(answer, () => {
        terminal.line(`${read} rows read, ${withoutPerson} without a person.`);
        terminal.table(
          ['table', 'rows'],
          Object.entries(tables).map(([name, count]) => [name, String(count)]),
        );
        for (const [problem, count] of Object.entries(problems)) terminal.line(`  ${count} × ${problem}`);
        if (missingColumns.length > 0)
          terminal.line(`Columns of the mapping that the table does not have: ${missingColumns.join(', ')}`);
        if (unmappedColumns.length > 0)
          terminal.line(`Columns that the mapping does not know: ${unmappedColumns.join(', ')}`);
        if (result.issues.length > 0) terminal.line('Every cell that was not taken over is listed in issues.csv.');
        if (options.secretFile === undefined)
          terminal.line('The secret of this run was not kept: pseudonyms match no images (--secret-file).');
      });
    });

  mapping
    .command('template')
    .description(
      'turn a mapping into the template spreadsheet of EUCAIM (five heading rows), or a filled template into a mapping',
    )
    .argument('<file>', 'a mapping (YAML), or a template (CSV or XLSX)')
    .requiredOption('--out <file>', 'the template (CSV), or the mapping (YAML)')
    .addHelpText('after', '\nExample:\n  unica mapping template registry.yaml --out template.csv')
    .action(async (path: string, { out }: { readonly out: string }) => {
      const { terminal } = contextOf();
      const { openTable } = await import('#intake');
      const { csvCell, csvText, readTemplate, templateOf, writeMapping } = await import('#mapping');
      if (/\.ya?ml$/i.test(path)) {
        const rows = templateOf(await readMappingFile(path));
        await writeFile(out, `${rows.map((row) => row.map(csvCell).join(',')).join('\n')}\n`);
        terminal.answer({ columns: rows[0]?.length ?? 0 }, () =>
          terminal.line(`${rows[0]?.length ?? 0} columns in ${out}`),
        );
        return;
      }
      const table = await openTable(path);
      const rows: (readonly string[])[] = [table.header];
      for await (const batch of table.rows()) for (const { cells } of batch) rows.push(cells);
      const document = readTemplate(rows.map((row) => row.map(csvText)));
      await writeFile(out, writeMapping(document));
      terminal.answer({ columns: document.columns.length }, () =>
        terminal.line(`${document.columns.length} columns in ${out}`),
      );
    });

  mapping
    .command('elements')
    .description('list what a column can mean')
    .action(async () => {
      const { terminal } = contextOf();
      const { answersOf, ELEMENTS } = await import('#mapping');
      const elements = ELEMENTS.map(({ id, table, column, kind, answers, unit }) => ({
        ...{ element: id, table, column, kind, unit: unit?.unit ?? null },
        answers: answers === undefined ? [] : answersOf(answers),
      }));
      terminal.answer({ elements }, () => {
        terminal.table(
          ['element', 'goes to', 'kind'],
          elements.map(({ element, table, column, kind }) => [element, `${table}.${column}`, kind]),
        );
      });
    });

  program
    .command('concepts')
    .description('search the EUCAIM hyper-ontology by code, of its own or another system, or name, in spite of slips')
    .argument('<words...>', 'code, name or part of one')
    .option('--limit <n>', 'how many at most', wholeNumber(1, 200), 10)
    .option('--table <file>', "the site's own names and codes: a table with the columns concept, system, code")
    .addHelpText('after', '\nExample:\n  unica concepts heterogenously dense')
    .action(async (words: readonly string[], { limit, table }: { readonly limit: number; readonly table?: string }) => {
      const { terminal } = contextOf();
      if (table !== undefined) await mustExist(table);
      const { ConceptSearch } = await import('#mapping');
      const { conceptsOf } = await import('#node');
      const found = new ConceptSearch(await conceptsOf({ conceptsFile: table })).search(words.join(' '), { limit });
      const concepts = found.map(({ concept, score, by, matches }) => ({
        ...concept,
        score: Math.round(1000 * score) / 1000,
        by,
        matches: matches.map((match) => ({ ...match })),
      }));
      terminal.answer({ concepts }, () => {
        terminal.table(
          ['code', 'name', 'kind', 'elsewhere'],
          concepts.map(({ code, name, domain, matches }) => [
            ...[code, name, domain],
            matches.map((match) => `${match.system} ${match.code}`).join(', '),
          ]),
        );
        if (concepts.length === 0) terminal.line('Nothing like it.');
      });
    });
};

async function readMappingFile(path: string) {
  const { readMapping } = await import('#mapping');
  return readMapping(new TextDecoder().decode(await readInput(path)));
}

async function meansOf({ site: siteId, secretFile, dataset: datasetId }: ApplyOptions): Promise<MappingMeans> {
  const { pseudonymOf, pseudonymousUid, shiftDays } = await import('#deid');
  const secret = secretFile === undefined ? new Uint8Array(randomBytes(32)) : await readSecret(secretFile);
  const site = { siteId, secret };
  return {
    personOf: (identifier) => pseudonymOf(site, identifier),
    uidOf: (uid) => pseudonymousUid(site, uid),
    daysBackOf: (person) => shiftDays(site, person),
    datasetId,
    today: today(),
  };
}

/** A folder with other files in it is not written into: an old table could be taken for a new one. */
async function mustBeEmpty(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length === 0) return;
  throw new UnicaError('cli.unreadable', { path, problem: 'it is not empty', hint: 'Name a new folder.' });
}

function withoutValues<Profile extends { readonly values: readonly unknown[] }>(profile: Profile | undefined) {
  if (profile === undefined) return null;
  const { values: _, ...rest } = profile;
  return { ...rest, range: null, days: null };
}

function reasonText(reason: ProposalReason): string {
  switch (reason.kind) {
    case 'accepted-before':
      return 'accepted before';
    case 'heading-is':
      return `called "${reason.name}"`;
    case 'heading-is-like':
      return `like "${reason.name}"`;
    case 'values-fit':
      return `${Math.round(100 * reason.share)} % of the values fit`;
    case 'numbers-fit':
      return reason.share === 1 ? 'numbers fit' : 'some numbers out of range';
    case 'dates':
      return 'dates';
    case 'names-people':
      return `names people ("${reason.name}")`;
  }
}

function alternativesText({ alternatives }: ColumnProposal): string {
  return alternatives.length === 0 ? '' : `perhaps ${alternatives.map(({ element }) => element).join(', ')}`;
}

function undecidedText({ values }: ColumnProposal): string {
  const open = values.filter(({ code }) => code === null);
  if (open.length === 0) return '';
  const shown = open.slice(0, 4).map(({ value }) => value);
  return shown.join(', ') + (open.length > shown.length ? ` and ${open.length - shown.length} more` : '');
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

interface ApplyOptions {
  readonly mapping: string;
  readonly out: string;
  readonly dataset: string;
  readonly site: string;
  readonly secretFile?: string;
}
