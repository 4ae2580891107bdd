// A node:test reporter of what scripts/test.js says besides the results, one line each, parted by tabs:
//   skip FILE TEST REASON   a test that was skipped
//   broke FILE              a process that ended badly before its tests did, by the file that it began with
//   long SECONDS FILE       each of the ten files whose tests took longest together, the longest first
const LONGEST = 10;

export default async function* notesReporter(events) {
  const msOf = new Map();
  for await (const { data, type } of events) {
    if (type === 'test:fail' && data.name === data.file) yield noted('broke', data.file);
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
