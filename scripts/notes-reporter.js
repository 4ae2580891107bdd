// A node:test reporter of what scripts/test.js says besides the results: `skip TAB file TAB test TAB reason` for each skipped test, and at the end
// `long TAB seconds TAB file` for each of the ten files whose tests took longest together, the longest first.
const LONGEST = 10;

export default async function* notesReporter(events) {
  const msOf = new Map();
  for await (const { data, type } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.nesting === 0 && data.file !== undefined)
      msOf.set(data.file, (msOf.get(data.file) ?? 0) + data.details.duration_ms);
    if (data.skip === undefined) continue;
    const reason = data.skip === true ? '' : String(data.skip);
    yield noted('skip', data.file ?? '', data.name, reason);
  }
  const longest = [...msOf].sort(([, one], [, other]) => other - one).slice(0, LONGEST);
  for (const [file, ms] of longest) yield noted('long', (ms / 1000).toFixed(0), file);
}

function noted(...parts) {
  return `${parts.map((part) => part.replace(/\s+/g, ' ')).join('\t')}\n`;
}
