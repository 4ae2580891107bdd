/** What only people can say, as it stands in a draft. */
export function toBeWritten(what: string): string {
  return `[to be written: ${what}]`;
}

/** Text of people as one line inside Markdown: it does not become markup. */
export function plainInMarkdown(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>#|]/g, '\\$&');
}
