// Which test files share a process, and in which order the processes begin.
//
// A process of its own costs a test file most of a second, which goes into loading the program; most files take less than that.
// So files that leave nothing behind share processes. scripts/test-group.js, which loads them there, fails the test that does.
import { basename } from 'node:path';

/** Files of a process at most. Neighbours share most of what they load. */
const TOGETHER_AT_MOST = 12;

/**
 * Files that have a process of their own, by the ending of their paths: those that take so long that loading the program does not
 * count, and would make the others of a shared process wait.
 */
export const ALONE = [
  'node/fhir-files.test.js',
  'village/access-matrix.test.js',
  'engine/train.test.js',
  'engine/exam-network.test.js',
  'engine/training-graph.test.js',
  'engine/nodule-network.test.js',
  'engine/operators/operators.test.js',
  'engine/external-trainer.test.js',
  'learning/simulate.test.js',
  'node/large-images.test.js',
  'node/catalogue-records.test.js',
  'node/mask-desk.test.js',
  'node/mapping-desk.test.js',
  'node/dicomweb.test.js',
  'bench/fuzz-dicom.test.js',
  'deid/deidentify.test.js',
  'deid/deidentify-in-pieces.test.js',
  'deid/explain.test.js',
  'audit/journal.test.js',
  'models/dossier/dossier.test.js',
  'vault/site-vault.test.js',
  'cli/cli.test.js',
  'cli/synth-command.test.js',
  'cli/fhir-command.test.js',
  'intake/tiny-files.test.js',
];

/** Files that take longest, the longest first: they begin first, so that none of them is left to run alone at the end. */
export const LONGEST = [
  'flower/flower.full.test.js',
  'web/test/pages.browser.js',
  'web/test/reading.browser.js',
  'village/flower.full.test.js',
  'village/village.full.test.js',
  'village/wire-versions.full.test.js',
  'web/test/data.browser.js',
  'web/test/progress.browser.js',
  'web/test/portal.browser.js',
  'vault/site-vault.full.test.js',
  'village/compressed-job.full.test.js',
  'node/huge-table.full.test.js',
  'scripts/checks/checks.test.js',
  'node/fhir-files.test.js',
  'village/access-matrix.test.js',
  'engine/train.test.js',
];

/**
 * Hooks around every test of a process would also be hooks of its other files; a clock that is set is only set back after theirs; and
 * who measures the memory of a process would measure theirs.
 */
const TOUCHES_OTHERS = /^(?:beforeEach|afterEach)\(|\bmock\.(?:timers|method|getter|setter)\b|\bmemoryUsage\b/m;

/**
 * @param {readonly string[]} files paths of test files below the repository
 * @param {(file: string) => string} sourceOf the text of one
 * @returns {readonly { readonly name: string, readonly files: readonly string[] }[]} what shares a process, in order; a name is
 *   part of a file name and begins with its number
 */
export function groupsOf(files, sourceOf) {
  const apart = files.filter((file) => needsOwnProcess(file, sourceOf(file)));
  const together = files.filter((file) => !apart.includes(file));
  const groups = [...apart.map((file) => [file]), ...chunksOf(together)];
  const place = (group) => {
    const found = LONGEST.findIndex((ending) => group[0].endsWith(ending));
    return found < 0 ? LONGEST.length : found;
  };
  return groups
    .toSorted((one, other) => place(one) - place(other))
    .map((group, index) => ({ name: nameOf(group, index), files: group }));
}

function needsOwnProcess(file, source) {
  if (!/^dist\/.*\.test\.js$/.test(file) || file.endsWith('.full.test.js')) return true;
  return ALONE.some((ending) => file.endsWith(ending)) || TOUCHES_OTHERS.test(source);
}

function chunksOf(files) {
  const count = Math.ceil(files.length / TOGETHER_AT_MOST);
  return Array.from({ length: count }, (_, index) =>
    files.slice(Math.round((index * files.length) / count), Math.round(((index + 1) * files.length) / count)),
  );
}

function nameOf(group, index) {
  const [first, last] = [group[0], group.at(-1)].map((file) => basename(file).replace(/\..*$/, ''));
  const number = String(index + 1).padStart(3, '0');
  return group.length === 1 ? `${number}-${first}` : `${number}-${first}-to-${last}`;
}
