import { ERROR_TABLE, UnicaError } from '#base';
import type { ProfileName, ShaclFinding } from '#shacl';
import type { AddCommand } from './command-context.ts';
import { mustExist, readInput } from './input-file.ts';

/** `catalogue validate` */
export const addCatalogueCommand: AddCommand = (program, contextOf) => {
  program
    .command('catalogue')
    .description('records of datasets')
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

/** A file that is no record is told with its path. */
async function reportOf(path: string, profile: ProfileName): Promise<Report> {
  const { RDF_LIMITS, readRdf, syntaxOfName, validateRecord } = await import('#shacl');
  try {
    const bytes = await readInput(path, RDF_LIMITS.bytes);
    return await validateRecord(await readRdf(bytes, syntaxOfName(path)), profile);
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
