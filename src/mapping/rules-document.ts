import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { UnicaError } from '#base';
import { hyperOntologyConcepts } from '#vocab';
import { elementOf, type LearntRules } from './propose-mapping.ts';

const MOST_CHARACTERS = 5_000_000;
const LEAVE_OUT = 'leave-out';

const rulesSchema = z.strictObject({
  rules: z.literal(1),
  headings: z.record(z.string().min(1).max(500), z.string().min(1).max(64)),
  values: z.record(z.string().min(1).max(64), z.record(z.string().max(500), z.string().min(1).max(64))),
});

const HEAD = `# What headings and values of clinical tables were accepted to mean: words alone, no data of people.
# Another site takes it over with \`unica mapping learn\` or in its portal.
`;

/** What was learnt, as text that other sites can read and take over. */
export function writeRules({ headings, values }: LearntRules): string {
  const sorted = <Value>(entries: Iterable<readonly [string, Value]>) =>
    Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const byElement = new Map<string, [string, string][]>();
  for (const [key, code] of values) {
    const at = key.indexOf(' ');
    const element = key.slice(0, at);
    byElement.set(element, [...(byElement.get(element) ?? []), [key.slice(at + 1), code]]);
  }
  const document = {
    rules: 1,
    headings: sorted(headings),
    values: sorted([...byElement].map(([element, own]) => [element, sorted(own)] as const)),
  };
  return HEAD + stringify(document, { lineWidth: 0 });
}

/**
 * Reads what another site learnt.
 * @throws UnicaError `mapping.rules-unreadable` naming what is wrong
 */
export function readRules(text: string): LearntRules {
  if (text.length > MOST_CHARACTERS) throw unreadable('they are longer than five million characters');
  const parsed = parseDocument(text);
  const [error] = parsed.errors;
  if (error !== undefined) throw unreadable(`it is no YAML: ${error.message.split('\n')[0] ?? ''}`);
  const read = rulesSchema.safeParse(plainOf(parsed));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const headings = new Map(Object.entries(read.data.headings));
  for (const element of headings.values())
    if (element !== LEAVE_OUT && elementOf(element) === undefined) throw unreadable(`${element} is no element`);
  const values = new Map<string, string>();
  for (const [element, own] of Object.entries(read.data.values)) {
    if (elementOf(element) === undefined) throw unreadable(`${element} is no element`);
    for (const [value, code] of Object.entries(own)) {
      if (!hyperOntologyConcepts().has(code) && code !== 'true' && code !== 'false')
        throw unreadable(`the hyper-ontology has no concept ${code}`);
      values.set(`${element} ${value}`, code);
    }
  }
  return { headings, values };
}

/** Rules of several sites; where they contradict each other the later ones count. */
export function rulesTogether(all: readonly LearntRules[]): LearntRules {
  return {
    headings: new Map(all.flatMap(({ headings }) => [...headings])),
    values: new Map(all.flatMap(({ values }) => [...values])),
  };
}

function plainOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw unreadable('they use aliases, which rules do not need');
  }
}

function unreadable(problem: string): UnicaError {
  return new UnicaError('mapping.rules-unreadable', { problem });
}
