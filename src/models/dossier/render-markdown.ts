import { type Block, type DossierDocument, type Runs, type Span, shownValue, spanText } from './dossier-text.ts';

/** A document as GitHub's Markdown. */
export function documentMarkdown({ frontMatter, blocks }: DossierDocument, runs: Runs): string {
  const front = frontMatter === null ? '' : `---\n${spanText(frontMatter, runs)}\n---\n`;
  return `${front}${blocks.map((block) => markdownOf(block, runs)).join('\n\n')}\n`;
}

function markdownOf(block: Block, runs: Runs): string {
  const said = (span: Span) => plain(spanText(span, runs));
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${said(block.span)}`;
    case 'text':
      return said(block.span);
    case 'notice':
      return `> **${said(block.span)}**`;
    case 'list':
      return block.items.map((item) => `- ${said(item)}`).join('\n');
    case 'table':
      return tableOf(
        block.head,
        block.rows.map((row) => row.map(said)),
      );
    case 'intervals':
      return `${said(block.title)}:\n\n${tableOf(
        ['', 'found', '95 % interval'],
        block.marks.map(({ label, value, low, high }) => [
          said(label),
          shownValue(value, runs),
          low === undefined || high === undefined ? '' : `${shownValue(low, runs)} to ${shownValue(high, runs)}`,
        ]),
      )}`;
  }
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Text of others as one line that Markdown takes as text. */
function plain(words: string): string {
  return words.replace(/[\r\n]+/g, ' ').replace(/[|<>[\]*_\\]/g, (sign) => `\\${sign}`);
}
