// Takes the checks of the enforcing code out, one at a time, and plays the games of src/node/wishes-rig.ts over what is left:
// each must be caught. npm run campaign:wishes-mutants
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = new URL('../dist/', import.meta.url);

/** Module, the check as it is compiled, and what stands in its place. */
const MUTANTS = [
  ['consent/left-out-by.js', 'if (person.isOptedOut && !isLifted())', 'if (false)'],
  ['consent/left-out-by.js', '!person.covers(basis.purpose)', 'false'],
  ['consent/open-standing.js', 'optOuts.isOptedOut(person)', 'false'],
  ['consent/open-standing.js', 'consents.covers(person, purpose)', 'true'],
  ['consent/consents.js', 'decision.givenBy.untilMs > clock()', 'true'],
  ['consent/cohort.js', '!standing.isLeftOut(member.person)', 'true'],
  ['consent/cohort-stream.js', 'if (this.#standing.isLeftOut(member.person))', 'if (false)'],
  ['search/search-index.js', 'live[row >>> 5] = isLeftOut', 'live[row >>> 5] = false'],
  ['learning/train-round.js', 'if (!(await cohort.isStillCurrent()))', 'if (false)'],
  ['access/permit-verifier.js', 'revoked.has(claims.jti)', 'false'],
];

const loader = (path, from, to) => `
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith(${JSON.stringify(`/dist/${path}`)})) return loaded;
  const text = String(loaded.source);
  if (!text.includes(${JSON.stringify(from)})) throw new Error('the check is not there');
  return { ...loaded, source: text.replaceAll(${JSON.stringify(from)}, ${JSON.stringify(to)}) };
}`;

const game = `
import { playWishes } from ${JSON.stringify(new URL('node/wishes-rig.js', dist).href)};
let faults = 0;
for (const seed of ['one', 'two', 'three', 'four']) {
  const played = await playWishes({ seed, steps: 700 });
  faults += played.faults.length;
  if (faults > 0) break;
}
process.exitCode = faults > 0 ? 3 : 0;`;

const asUrl = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
let caught = 0;
for (const [path, from, to] of MUTANTS) {
  if (!readFileSync(fileURLToPath(new URL(path, dist)), 'utf8').includes(from)) {
    process.stdout.write(`${path}: "${from}" is not there any more\n`);
    continue;
  }
  const hook = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(loader(path, from, to)))});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', asUrl(hook), '--input-type=module', '--eval', game],
    { encoding: 'utf8', timeout: 120_000 },
  );
  if (status === 3) caught += 1;
  else process.stdout.write(`${path}: without "${from}" the games ended with ${status}\n${stderr}`);
}
process.stdout.write(`${caught} of ${MUTANTS.length} mutants caught\n`);
process.exitCode = caught === MUTANTS.length ? 0 : 1;
