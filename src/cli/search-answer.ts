import type { z } from 'zod';
import { type anyQuerySchema, type FacetTable, type SearchView, searchViewSchema } from '#wire';
import type { CommandContext } from './command-context.ts';
import { readInput } from './input-file.ts';

/** What is asked of a hub. */
interface SearchQuestion {
  readonly query: z.infer<typeof anyQuerySchema>;
  readonly facets?: readonly FacetTable['field'][] | undefined;
  readonly project?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Where it is asked, and how long slow nodes are waited for. */
export interface SearchWay {
  readonly hub: string;
  readonly tokenFile: string;
  /** Seconds. */
  readonly wait: number;
}

/** Asks a hub and waits until every node has answered, or as long as was said. */
export async function searchAnswer(
  question: SearchQuestion,
  { hub: url, tokenFile, wait }: SearchWay,
  { terminal, signal }: CommandContext,
): Promise<SearchView> {
  const token = new TextDecoder().decode(await readInput(tokenFile)).trim();
  const { HouseClient } = await import('#village');
  const hub = new HouseClient({ house: 'hub', url, token, patienceMs: 0 });
  let view = await hub.post('/api/searches', question as never, searchViewSchema, signal);
  const untilMs = Date.now() + wait * 1000;
  while (view.pending.length > 0 && Date.now() < untilMs) {
    terminal.live(`waiting for ${view.pending.join(', ')}`);
    view = await hub.get(`/api/searches/${view.id}?waitMs=1000`, searchViewSchema, signal);
  }
  return view;
}

/** People by the cells of a field; where only withheld numbers are known, a dash. */
export function tellFacet(
  { field, cells }: NonNullable<SearchView['facets']>[number],
  terminal: CommandContext['terminal'],
): void {
  terminal.table(
    [field, 'people', 'withheld at'],
    cells.map((cell) => [
      'value' in cell ? cell.value : `${cell.from ?? ''}–${cell.to ?? ''}`,
      cell.persons === 0 && cell.withheld > 0 ? '–' : String(cell.persons),
      `${cell.withheld} nodes`,
    ]),
  );
}

/** The nodes whose answer is not in it. */
export function tellMissing({ failed, pending }: SearchView, terminal: CommandContext['terminal']): void {
  for (const { site, because } of failed) terminal.line(`${site} did not answer: ${because}`);
  for (const site of pending) terminal.line(`${site} has not answered yet`);
}
