import { ERROR_TABLE, UnicaError } from '#base';
import type { ProfileName, ShaclFinding } from '#shacl';
import type { AddCommand } from './command-context.ts';
import { mustExist, readInput } from './input-file.ts';

/** Larger pages are no landing pages. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** `catalogue validate`, `catalogue fair` */
export const addCatalogueCommand: AddCommand = (program, contextOf) => {
  const catalogue = program.command('catalogue').description('records of datasets');

  catalogue
    .command('fair')
    .description('how findable, accessible, interoperable and reusable a record is, after F-UJI 0.8, offline')
    .argument('<file>', 'Turtle (.ttl) or JSON-LD (.jsonld) of one dataset')
    .option('--page <html>', 'its landing page, saved as a file')
    .addHelpText('after', '\nExample:\n  unica catalogue fair record.ttl --page page.html')
    .action(async (path: string, { page: pagePath }: { readonly page?: string }) => {
      const { terminal } = contextOf();
      const { fairScore } = await import('#shacl');
      const record = await recordAt(path);
      const page = pagePath === undefined ? undefined : new TextDecoder().decode(await readInput(pagePath, PAGE_BYTES));
      const score = fairScore(record, { isServed: false, ...(page !== undefined && { page }) });
      terminal.answer(score as never, () => {
        for (const { metric, earned, outOf, name, improve } of score.metrics) {
          terminal.line(`${metric.padEnd(16)} ${earned} of ${outOf}  ${name}`);
          if (improve !== '') terminal.line(`                 ${improve}`);
        }
        terminal.line(`${score.percent} %; whether addresses answer is not tried offline`);
      });
    });

  catalogue
    .command('validate')
    .description('hold records against a profile; each finding says how to mend it')
    .argument('<files...>', 'Turtle (.ttl) or JSON-LD (.jsonld)')
    .requiredOption('--profile <name>', 'healthdcat-r8, healthdcat-r5, eucaim-v2 or dcat-ap-3')
    .addHelpText(
      'after',
      '\nExamples:\n  unica catalogue validate record.ttl --profile healthdcat-r8\n  unica catalogue validate *.jsonld --profile eucaim-v2 --json',
    )
    .action(async (paths: readonly string[], { profile: name }: { readonly profile: string }) => {
      const { terminal, signal } = contextOf();
      for (const path of paths) await mustExist(path);
      const { profileOf } = await import('#shacl');
      const profile = profileOf(name);
      const files: { readonly file: string; readonly report: Report }[] = [];
      for (const path of paths) {
        signal.throwIfAborted();
        files.push({ file: path, report: await reportOf(path, profile.name) });
      }
      const all = (kind: 'violations' | 'warnings') =>
        files.flatMap(({ file, report }) => report[kind].map((finding) => ({ file, ...finding })));
      const answer = {
        conforms: files.every(({ report }) => report.conforms),
        profile: { name: profile.name, title: profile.title, version: profile.version },
        files: files.map(({ file, report: { conforms } }) => ({ file, conforms })),
        violations: all('violations'),
        warnings: all('warnings'),
      };
      terminal.answer(answer, () => {
        for (const { file, report } of files) {
          for (const finding of report.violations) terminal.line(lineOf(file, 'violation', finding));
          for (const finding of report.warnings) terminal.line(lineOf(file, 'warning', finding));
          const { violations, warnings } = report;
          const verdict = report.conforms ? 'conforms to' : 'does not conform to';
          terminal.line(
            `${file} ${verdict} ${profile.title}: ${violations.length} violations, ${warnings.length} warnings`,
          );
        }
      });
      if (!answer.conforms) process.exitCode = 1;
    });
};

type Report = Awaited<ReturnType<typeof import('#shacl').validateRecord>>;

async function reportOf(path: string, profile: ProfileName): Promise<Report> {
  const { validateRecord } = await import('#shacl');
  return await withPath(path, async () => await validateRecord(await recordAt(path), profile));
}

async function recordAt(path: string) {
  const { RDF_LIMITS, readRdf, syntaxOfName } = await import('#shacl');
  const bytes = await readInput(path, RDF_LIMITS.bytes);
  return await withPath(path, async () => await readRdf(bytes, syntaxOfName(path)));
}

/** A file that is no record is told with its path. */
async function withPath<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnicaError) || !error.code.startsWith('shacl.')) throw error;
    const hint = ERROR_TABLE[error.code].mend;
    const problem = error.message.replace(hint, '').trim().replace(/\.$/, '');
    throw new UnicaError('cli.unreadable', { path, problem, hint }, { cause: error });
  }
}

function lineOf(file: string, kind: string, { focus, path, message, fix }: ShaclFinding): string {
  const said = message === fix ? '' : ` ${message}`;
  return `${kind.padEnd(9)} ${file}: ${focus} ${path}${said}\n          ${fix}`;
}
