// A node:test reporter: one line `file TAB test TAB reason` for each skipped test.
export default async function* skipReporter(events) {
  for await (const { data, type } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.skip === undefined) continue;
    const reason = data.skip === true ? '' : String(data.skip);
    yield `${[data.file ?? '', data.name, reason].map((part) => part.replace(/\s+/g, ' ')).join('\t')}\n`;
  }
}
