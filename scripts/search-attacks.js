// The attacks on federated search, played more often than a test can: npm run campaign:search-attacks [ROUNDS]
// Writes docs/reports/search-attacks.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATTACKS, errorsOfLargeCounts, playAttack } from '../dist/search/search-attacks.js';
import { openTestDesk } from '../dist/search/search-desk-fixture.js';

const rounds = Number(process.argv[2] ?? 1500);
if (!Number.isInteger(rounds) || rounds < 100) {
  process.stderr.write('Give a number of rounds of at least 100.\n');
  process.exit(2);
}
const atEnd = [];
const { optOuts } = await openTestDesk({ after: (work) => atEnd.push(work) }, { rows: () => [] });
const began = Date.now();
const results = [];
for (const attack of ATTACKS) {
  const played = attack === 'without a budget' ? Math.min(rounds, 100) : rounds;
  const result = await playAttack(attack, { rounds: played, seed: 'campaign', optOuts });
  process.stdout.write(`${attack}: advantage ${result.advantage.toFixed(3)} in ${played} rounds\n`);
  results.push(result);
}
const errors = await errorsOfLargeCounts({ rounds: Math.min(rounds, 1000), seed: 'campaign', optOuts });
for (const work of atEnd) await work();
const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const rows = results.map(
  ({ attack, rounds: played, advantage, answered, refused }) =>
    `| ${attack} | ${played} | ${advantage.toFixed(3)} ± ${(1 / Math.sqrt(played)).toFixed(3)} | ${answered.toFixed(1)} | ${refused.toFixed(1)} |`,
);
const report = `# Attacks on federated search

\`npm run campaign:search-attacks ${rounds}\`, ${new Date(began).toISOString().slice(0, 10)}, ${Math.round((Date.now() - began) / 1000)} s. A short form runs with the long tests
(\`src/search/search-attacks.full.test.ts\`).

**The attacker** knows every row of a node with 600 people, the mechanism, its rule and the threshold; only whether one person
has a finding is not known: a coin decides it anew in each round, with new people and a new secret of the node. Every number that
the desk tells, of people and of studies, is weighed by its exact likelihood ratio, which is the best that can be done with it.
The target has four studies, the most that a person counts with. *Advantage* is how much more often right than wrong: 0 is a coin,
1 is certainty. Promised within a day's budget: at most 0.25.

| attack | rounds | advantage | answers of a round | refused |
|---|---|---|---|---|
${rows.join('\n')}

- *differencing* and *tracker*: pairs of questions with and without the target; the second of each is refused.
- *averaging*: one question forty times in four spellings: one answer.
- *intersection*: as many different questions as there are, half of the people each, the target always among them.
- *three colluders*: the same by three people who share their answers.
- *restart*: the node is started again between questions.
- *facets*: tables of the finding under questions of which everybody is known; *facets in other company*: one such table, beside none to six others.
- *without a budget*: eight hundred people ask once each; not allowed by default, played to show that the suite sees what works.

**Usefulness.** Counts of which the truth is at least 500: median error ${percent(middle(errors.persons))} of people (${errors.persons.length} counts), ${percent(middle(errors.studies))} of studies (${errors.studies.length}).

**What is left.** The rule "fewer than k is withheld" looks at the truth. Who knows by name all other k − 1 people of a group learns
from whether it is withheld if somebody is the kth. Noise cannot hide that as long as no count below k may be told; a node that fears
it chooses a larger k. Counts that several nodes give of the same person are not protected together: a person counted at two hospitals
is protected at each. Facet tables protect a person as one value of a field; somebody with several findings is in several cells.

**Exact numbers under a permit** are not noisy, so they are attacked by sums and differences: parts taken from a whole, the whole asked last, the
general tracker of Denning and Schlörer, studies, two permits of one holder (\`src/search/exact-attacks.test.ts\`). Each attack is right
every time where new numbers are combined with one earlier number fewer than it needs, and is refused as the node is.
`;
const path = join(fileURLToPath(new URL('..', import.meta.url)), 'docs/reports/search-attacks.md');
writeFileSync(path, report);
process.stdout.write(`${path}\n`);
