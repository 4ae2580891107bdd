import type { CheckName, Checkup, Finding, Mender, SetupMeasures, SetupStep, SetupStepName } from '#wire';

/** What the way rests on: nothing of it was typed for it. */
export interface SetupFacts extends SetupMeasures {
  readonly checkup: Checkup;
}

const MACHINE: readonly CheckName[] = [
  'program',
  'folder',
  'disk',
  'memory',
  'key',
  'database',
  'journal',
  'objects',
  'clock',
  'vault',
];
const WAY_OUT: readonly CheckName[] = ['hub-name', 'hub-connection', 'hub-certificate', 'hub-answer'];
/** What lets images come by themselves. */
const DICOM: readonly CheckName[] = ['dicom-listener', 'dicom-certificate', 'dicom-peer'];
/** What the service needs to answer, and its people to come in. */
const SERVICE: readonly CheckName[] = ['port', 'sign-in'];
/** Training in rounds takes so much, MiB. */
const TRAINING_MIB = 2048;

/** The whole way, from what is measured: asking again is all it takes to go on after any interruption. */
export function setupWay(facts: SetupFacts): readonly SetupStep[] {
  const steps: SetupStep[] = [];
  const isDone = (...names: readonly SetupStepName[]) =>
    names.every((name) => steps.some(({ step, state }) => step === name && state === 'done'));
  const add = (step: SetupStepName, rest: Standing, ...needs: readonly SetupStepName[]) => {
    const missing = needs.filter((name) => !isDone(name));
    // A gate is never passed while what it rests on is open, whatever it measures itself.
    const isGate = step.startsWith('tier-');
    const isLater = missing.length > 0 && (isGate || (rest.state !== 'done' && rest.state !== 'blocked'));
    const says = isLater ? `${isGate ? '' : `${rest.says} `}First: ${missing.join(', ')}.` : rest.says;
    const later = { state: 'later', says, next: null, turn: null, code: null, first: missing } as const;
    steps.push({ step, first: [], ...rest, ...(isLater ? later : {}) });
  };
  add('machine', ofFindings(facts.checkup, MACHINE, 'Nothing that was looked at here has to be mended.'));
  add('way-out', wayOut(facts.checkup));
  add('enrolment', enrolment(facts.checkup), 'machine', 'way-out');
  add('membership', membership(facts.checkup), 'enrolment');
  add('responsible', responsible(facts), 'enrolment');
  add('dossier', dossier(facts.checkup), 'enrolment');
  add('images', images(facts), 'enrolment');
  add('deidentification', deidentification(facts), 'images');
  // Where everything was set aside there is something to look at, and no image yet.
  add('set-aside', setAside(facts), ...(facts.quarantined > 0 ? [] : (['images'] as const)));
  add('tables', tables(facts), 'enrolment');
  add('quality', quality(facts), 'images');
  add('dataset', dataset(facts), 'membership', 'dossier', 'images');
  add('questionnaires', questionnaires(facts), 'enrolment');
  add('tier-1', done('The dataset is in the catalogue with its conditions.'), 'membership', 'dossier', 'dataset');
  add('tier-2', tier2(facts), 'tier-1');
  add('tier-3', tier3(facts), 'tier-2');
  return steps;
}

type Standing = Omit<SetupStep, 'step' | 'first'>;

function done(says: string): Standing {
  return { state: 'done', says, next: null, turn: null, code: null };
}

function open(says: string, next: string, turn: Mender = 'operator'): Standing {
  return { state: 'open', says, next, turn, code: null };
}

function ofFindings(checkup: Checkup, checks: readonly CheckName[], well: string): Standing {
  const bad = worstOf(checkup, checks);
  return bad === undefined ? done(well) : blockedBy(bad);
}

function worstOf({ findings }: Checkup, checks: readonly CheckName[]): Finding | undefined {
  return findings.find(({ check, state }) => state === 'bad' && checks.includes(check));
}

function blockedBy({ says, mend, mender, code }: Finding): Standing {
  return { state: 'blocked', says, next: mend, turn: mender, code };
}

function optional(says: string, next: string): Standing {
  return { state: 'optional', says, next, turn: 'operator', code: null };
}

function found({ findings }: Checkup, check: CheckName): Finding | undefined {
  return findings.find((finding) => finding.check === check);
}

function wayOut(checkup: Checkup): Standing {
  if (found(checkup, 'hub-answer') === undefined)
    return open(
      'It is not known yet which hub this node is to join.',
      'Name its address: `unica node setup --hub https://hub.example.eu`',
    );
  return ofFindings(checkup, WAY_OUT, found(checkup, 'hub-answer')?.says ?? '');
}

function enrolment(checkup: Checkup): Standing {
  const home = found(checkup, 'home');
  if (home?.state === 'good') return done(home.says);
  if (home?.state === 'bad') return blockedBy(home);
  return open(
    "The node makes its keys and joins with the coordinator's one-time code.",
    '`unica node setup --hub URL --code CODE`; what the site is called the hub knows by the code',
  );
}

function membership(checkup: Checkup): Standing {
  const own = found(checkup, 'hub-membership');
  const witness = found(checkup, 'hub-witness');
  if (own?.state === 'good' && witness?.state === 'bad') return blockedBy(witness);
  if (own?.state === 'good') return done('The hub knows this node and lets it in.');
  if (own?.code === 'identity.pending')
    return {
      state: 'waits',
      says: own.says,
      next: 'The coordinator lets the site in; nothing to do here.',
      turn: 'coordinator',
      code: own.code,
    };
  if (own?.state === 'bad' || own?.state === 'note') return blockedBy(own);
  return open('The hub could not be asked whether it lets this node in.', 'Look at the way out above.');
}

function dossier(checkup: Checkup): Standing {
  const own = found(checkup, 'dossier');
  if (own?.state === 'good') return done(own.says);
  return open(
    own?.says ?? 'The legal dossier has not been looked at.',
    '`unica node dossier show` says what is missing and drafts it; `unica node dossier enter` takes it.',
    'data-protection',
  );
}

const RESPONSIBLE = ['representation', 'dpo-report', 'negotiation-contact'] as const;

function responsible({ hindrances, isExample }: SetupFacts): Standing {
  const missing = RESPONSIBLE.filter((item) => hindrances.includes(item));
  if (missing.length === 0)
    return done(
      isExample
        ? 'Example people stand for those who are responsible.'
        : 'It is written down who represents the hospital, who protects the data and whom others may ask.',
    );
  return open(
    `It is not written down who is responsible: ${missing.join(', ')}.`,
    '`unica node dossier enter`, or the portal under Legal dossier.',
    'data-protection',
  );
}

const FROM_FOLDER = 'From a folder: `unica node setup --images /mnt/export`.';

function images({ images: count, studies, quarantined, checkup }: SetupFacts): Standing {
  if (count > 0) return done(`${studies} studies with ${count} images are in, de-identified.`);
  const bad = worstOf(checkup, DICOM);
  // Open all the same: from a folder they come in.
  if (bad !== undefined)
    return {
      ...blockedBy(bad),
      state: 'open',
      says: `No image is in yet. ${bad.says}`,
      next: `${bad.mend ?? ''} ${FROM_FOLDER}`.trim(),
    };
  return open(
    quarantined === 0 ? 'No image is in yet.' : `No image is in yet; ${quarantined} files were set aside.`,
    `${FROM_FOLDER} From a PACS: \`unica node dicom-echo\`, then \`unica node pull\`, or let it send (UNICA_DICOM_PORT).`,
  );
}

function setAside({ quarantined, images: count }: SetupFacts): Standing {
  if (count + quarantined === 0) return optional('There is nothing to look at yet.', 'Bring images in.');
  if (quarantined === 0) return done('Everything could be cleaned with certainty.');
  return optional(
    `${quarantined} files were set aside: they could not be cleaned with certainty and are used for nothing.`,
    "Look at them in the node's portal under Quarantine; what shows writing can be masked there, before and after side by side.",
  );
}

function deidentification({ masked, maskedUnseen, images: count }: SetupFacts): Standing {
  if (count === 0) return optional('There is nothing to look at yet.', 'Bring images in.');
  if (masked === 0) return done('No writing had to be blacked out in the images that are in.');
  if (maskedUnseen === 0) return done(`Somebody has looked at all ${masked} images with something blacked out.`);
  return optional(
    `Of ${masked} images with something blacked out nobody has looked at ${maskedUnseen}.`,
    "Compare before and after in the node's portal under De-identification, and look at what was blacked out.",
  );
}

function quality({ qualityScore, qualityErrors }: SetupFacts): Standing {
  if (qualityScore === null) return optional('There is no image to judge yet.', 'Bring images in.');
  const score = `Quality: ${Math.round(qualityScore)} of 100`;
  if (qualityErrors === 0) return done(`${score}; no check found an error.`);
  return optional(
    `${score}; ${qualityErrors} checks found errors.`,
    "See which, and how they are mended, in the node's portal under Data quality.",
  );
}

function questionnaires({ publishedVersion, images: count }: SetupFacts): Standing {
  if (publishedVersion !== null && count > 0) return done('Every answer is measured on this node.');
  return optional(
    'Answers are measured as the node grows; what is not there yet is left open.',
    "The node's portal shows both questionnaires under Guide, to be copied.",
  );
}

function tables({ tablesLoaded, tablesWaiting }: SetupFacts): Standing {
  if (tablesWaiting > 0)
    return open(
      `${tablesWaiting} clinical tables wait to be mapped.`,
      "Map them in the node's portal under Clinical tables.",
    );
  if (tablesLoaded > 0) return done(`${tablesLoaded} clinical tables are loaded.`);
  return optional(
    'No clinical table is in; search then knows modality, body part, age and sex alone.',
    '`unica mapping` or the portal takes CSV, XLSX and FHIR.',
  );
}

function dataset({ publishedVersion }: SetupFacts): Standing {
  if (publishedVersion !== null) return done(`Version ${publishedVersion} of the dataset is published.`);
  return open(
    'The dataset is described and checked by the profiles of the catalogue, shown first and published when you say so.',
    '`unica dataset guide` with the few things that only a person knows, or the portal under Datasets.',
  );
}

function tier2({ isRunning, isStopped, checkup }: SetupFacts): Standing {
  const bad = worstOf(checkup, SERVICE);
  if (bad !== undefined) return blockedBy(bad);
  if (isStopped) return open('The owner has stopped the node; it answers nothing.', '`unica node resume`');
  if (!isRunning)
    return open(
      'The service does not run, so nobody is answered.',
      '`unica node start`, or `systemctl enable --now unica-node`',
    );
  return done('The node answers counts, each withheld where it is small.');
}

function tier3({ memoryMib }: SetupFacts): Standing {
  if (memoryMib < TRAINING_MIB)
    return {
      state: 'blocked',
      says: `Training takes ${TRAINING_MIB} MiB of memory; ${memoryMib} MiB may be used here.`,
      next: 'Give the machine or the container more memory, or stay with tier 2.',
      turn: 'it',
      code: null,
    };
  return done('The node can train; the owner is asked about each job, or agrees in advance.');
}
