import type { SetupStep, SetupView } from '#wire';
import type { NodeConfig } from './config.ts';
import { examineNode, type NodeCheckupOptions } from './examine-node.ts';
import { readIdentityCard } from './identity-card.ts';
import { type MeasuredNode, measuredHome, measuredMachine, measuredNode } from './setup-measures.ts';
import { setupWay } from './setup-way.ts';

/** Everything made up that a practice is done with. */
export type Practice = NonNullable<SetupView['practice']>;

/** What is known of the house beside what is measured. */
interface SetupOptions extends NodeCheckupOptions {
  readonly practice?: Practice | undefined;
}

/** The way of this node, measured now. Nothing is remembered of it, so it is the same whoever asks, and after any interruption. */
export async function setupOfNode(config: NodeConfig, options: NodeCheckupOptions = {}): Promise<readonly SetupStep[]> {
  return (await setupView(config, options)).steps;
}

/** The way of a node with all that it was measured by. @param node the running one, where it looks at itself */
export async function setupView(
  config: NodeConfig,
  { practice, ...options }: SetupOptions = {},
  node?: MeasuredNode,
): Promise<SetupView> {
  const checkup = await examineNode(config, node === undefined ? options : { ...options, within: 'service' });
  const isWhole = ['home', 'key', 'database'].every((check) =>
    checkup.findings.some((finding) => finding.check === check && finding.state === 'good'),
  );
  const { memoryMib } = options;
  const found = !isWhole
    ? await measuredMachine(config, memoryMib)
    : node === undefined
      ? await measuredHome(config, memoryMib)
      : await measuredNode(node, { isRunning: true, memoryMib });
  // What was entered in a practice is an example, whatever it says.
  const measures = practice === undefined ? found : { ...found, isExample: found.hindrances.length === 0 };
  const card = await readIdentityCard(config.home).catch(() => undefined);
  const { siteId, displayName, country, hubName } = card ?? {};
  return {
    atMs: checkup.atMs,
    steps: [...setupWay({ ...measures, checkup })],
    measures,
    checkup,
    site:
      siteId === undefined || displayName === undefined || country === undefined || hubName === undefined
        ? null
        : { siteId, displayName, country, hubName },
    hubUrl: card?.hubUrl ?? options.hubUrl?.href ?? null,
    practice: practice ?? null,
  };
}
