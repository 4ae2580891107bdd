/** Who can mend it: the person, time (or whoever runs the surroundings), or us. */
export type ErrorFamily = 'user' | 'surroundings' | 'bug';

interface ErrorRow {
  readonly family: ErrorFamily;
  /** HTTP status when it reaches a client. */
  readonly status: number;
  /** What happened and where, for an operator; `{name}` is filled from the error's facts. */
  readonly sentence: string;
  /** The next step. */
  readonly mend: string;
}

/** The one table of failures. `docs/operators/errors.md` is made from it. Codes are `room.symptom`. */
export const ERROR_TABLE = {
  internal: {
    family: 'bug',
    status: 500,
    sentence: 'Something went wrong inside UNICA.',
    mend: 'Try again; if it happens twice, send the log lines around it to the helpdesk.',
  },
  'http.invalid-input': {
    family: 'user',
    status: 400,
    sentence: 'The request was not understood: {where}: {problem}.',
    mend: 'Correct the named field and send it again.',
  },
  'http.not-found': {
    family: 'user',
    status: 404,
    sentence: 'There is no {what} here.',
    mend: 'Check the address or the name.',
  },
  'http.sign-in-needed': {
    family: 'user',
    status: 401,
    sentence: 'You need to sign in for this.',
    mend: 'Sign in and try again.',
  },
  'http.not-allowed': {
    family: 'user',
    status: 403,
    sentence: 'Your role does not include this.',
    mend: 'Ask the person who manages roles in your organisation.',
  },
  'http.too-large': {
    family: 'user',
    status: 413,
    sentence: 'The request is larger than {limitBytes} bytes.',
    mend: 'Send less at once.',
  },
  'config.invalid': {
    family: 'user',
    status: 500,
    sentence: 'The setting {key} cannot be used: {problem}.',
    mend: 'Correct it in the environment or on the command line; docs/operators/configuration.md lists every setting.',
  },
  'node.not-initialised': {
    family: 'user',
    status: 409,
    sentence: 'This folder holds no node yet: {home}.',
    mend: 'Run `unica node init --hub URL --code CODE --site ID --country CC` first.',
  },
  'node.already-initialised': {
    family: 'user',
    status: 409,
    sentence: 'This folder already holds the node {siteId}.',
    mend: 'Start it with `unica node start`, or choose another folder with --home.',
  },
  'node.hub-unreachable': {
    family: 'surroundings',
    status: 502,
    sentence: 'The hub at {hubUrl} did not answer.',
    mend: 'Check the address and that this machine may open outgoing connections to it; the node keeps trying.',
  },
  'node.hub-refused': {
    family: 'user',
    status: 502,
    sentence: 'The hub refused {what}: {because}',
    mend: 'Follow what the hub says; ask its coordinator when it is not clear.',
  },
  'node.hub-forged': {
    family: 'surroundings',
    status: 502,
    sentence: 'An answer did not carry the signature of the hub this node enrolled with.',
    mend: 'Do not go on: ask the coordinator whether the hub changed its key, and your IT whether something intercepts the connection.',
  },
  'node.stopped': {
    family: 'user',
    status: 409,
    sentence: 'The owner of this node has stopped it; nothing leaves.',
    mend: 'Switch it on again on the overview page when you are ready.',
  },
  'node.source-missing': {
    family: 'user',
    status: 400,
    sentence: 'There is no file or folder at {path}.',
    mend: 'Check the path; it must be readable by the node itself.',
  },
  'node.import-failed': {
    family: 'surroundings',
    status: 500,
    sentence: 'The import of {source} stopped: {because}.',
    mend: 'Start it again: what was already taken in is kept and not taken twice.',
  },
  'node.dataset-empty': {
    family: 'user',
    status: 409,
    sentence: 'There is nothing to publish yet.',
    mend: 'Bring images in first (Arrivals, or `unica import`).',
  },
  'node.film-unusable': {
    family: 'user',
    status: 422,
    sentence: 'A film of the cohort has no label for the task {task}.',
    mend: 'Add its row to the clinical table and import it again.',
  },
  'hub.wire-version': {
    family: 'user',
    status: 426,
    sentence: 'This node speaks version {theirs} of the network language, this hub version {ours}.',
    mend: 'Bring the older of the two up to date.',
  },
  'hub.task-gone': {
    family: 'user',
    status: 409,
    sentence: 'The task {taskId} is no longer this node\'s to answer.',
    mend: 'Nothing to do: it was finished, cancelled or handed out again.',
  },
  'hub.blob-refused': {
    family: 'user',
    status: 403,
    sentence: 'This node has no part in what it asked for.',
    mend: 'A node can fetch only the weights of jobs it approved.',
  },
  'hub.blob-corrupt': {
    family: 'surroundings',
    status: 400,
    sentence: 'The upload does not have the digest it was announced with.',
    mend: 'Send it again.',
  },
  'hub.demonstration-only': {
    family: 'user',
    status: 403,
    sentence: 'This is possible only on a demonstration hub.',
    mend: 'A real hub never takes images.',
  },
  'village.running': {
    family: 'user',
    status: 409,
    sentence: 'A demo is already running in {home} (process {pid}).',
    mend: 'Use the addresses it printed, stop it with Ctrl-C, or give this one another folder with --home.',
  },
  'village.home-foreign': {
    family: 'user',
    status: 409,
    sentence: 'The folder {home} holds files that no demo made.',
    mend: 'Choose an empty or new folder with --home; nothing in this one was touched.',
  },
  'village.child-failed': {
    family: 'surroundings',
    status: 500,
    sentence: 'The {name} does not stay up: {because}.',
    mend: 'Its own words are in {log}.',
  },
  'village.house-refused': {
    family: 'surroundings',
    status: 502,
    sentence: 'The {house} did not do "{what}": {because}',
    mend: 'The log of that service says more.',
  },
  'village.images-missing': {
    family: 'user',
    status: 400,
    sentence: 'There is no folder of images at {path}.',
    mend: 'Give --images a folder with DICOM files, or with PNG films and a labels.csv.',
  },
  'village.npz-missing': {
    family: 'user',
    status: 400,
    sentence: 'There is no MedMNIST file at {path}.',
    mend: 'Give --npz a file such as pneumoniamnist.npz.',
  },
  'village.no-labels': {
    family: 'user',
    status: 400,
    sentence: 'The images in {path} come without labels: there is nothing to learn from.',
    mend: 'Put a labels.csv beside them (columns: image or PatientID, and findings).',
  },
  'village.too-few': {
    family: 'user',
    status: 400,
    sentence: '{path} gives {usable} usable films of {persons} people; {nodes} nodes need at least {needed} films of both classes.',
    mend: 'Give more images, or fewer nodes with --nodes.',
  },
  'village.job-ended': {
    family: 'surroundings',
    status: 500,
    sentence: 'The learning job ended as {state}: {because}.',
    mend: 'The logs in the demo folder say more; the same command continues or starts again.',
  },
  'village.import-failed': {
    family: 'surroundings',
    status: 500,
    sentence: 'The import at {siteId} ended as {state}: {because}.',
    mend: 'The log of that node in the demo folder says more.',
  },
  'engine.spec-invalid': {
    family: 'user',
    status: 400,
    sentence: 'The model cannot be built: {problem}.',
    mend: 'Correct the description of the model.',
  },
  'engine.shape-mismatch': {
    family: 'bug',
    status: 500,
    sentence: 'The model cannot be assembled: {operator}: {problem}.',
    mend: 'Send this sentence and the description of the model to the helpdesk.',
  },
  'engine.parameters-mismatch': {
    family: 'user',
    status: 400,
    sentence: 'The weights do not belong to this model: it has {expected} numbers, they are {actual}.',
    mend: 'Use the weights that were made with this description of the model.',
  },
  'engine.data-mismatch': {
    family: 'user',
    status: 400,
    sentence: 'The pictures do not fit the model: {problem}.',
    mend: 'Prepare them for this model again.',
  },
  'engine.settings-invalid': {
    family: 'user',
    status: 400,
    sentence: 'The training cannot start: {problem}.',
    mend: 'Correct the training settings.',
  },
  'engine.not-finite': {
    family: 'user',
    status: 422,
    sentence: 'The training was stopped in epoch {epoch}: the numbers at {layer} became infinite or undefined.',
    mend: 'Lower the learning rate and check that the pictures are standardised.',
  },
  'engine.trainer-stopped': {
    family: 'surroundings',
    status: 500,
    sentence: 'The training process ended before its work was done ({how}).',
    mend: 'Try again; if it happens twice, check that the machine has free memory.',
  },
  'engine.safetensors-corrupt': {
    family: 'user',
    status: 400,
    sentence: 'The weights file cannot be read: {problem}.',
    mend: 'Fetch or export it again.',
  },
  'engine.npz-corrupt': {
    family: 'user',
    status: 400,
    sentence: 'The data file cannot be read: {problem}.',
    mend: 'Download it again.',
  },
  'engine.npz-array-missing': {
    family: 'user',
    status: 400,
    sentence: 'The data file lacks {names}.',
    mend: 'Check that it is a MedMNIST file and download it again.',
  },
  'engine.histograms-differ': {
    family: 'user',
    status: 400,
    sentence: 'Score histograms with different numbers of bins cannot be added.',
    mend: 'Use the same number of bins at every site.',
  },
  'cli.port-busy': {
    family: 'user',
    status: 409,
    sentence: 'The port {port} is already used by another program.',
    mend: 'Choose another one with --port, or stop the other program.',
  },
  'cli.no-file': {
    family: 'user',
    status: 400,
    sentence: 'There is no file or folder at {path}.',
    mend: 'Check the path.',
  },
  'cli.not-permitted': {
    family: 'user',
    status: 400,
    sentence: 'This user may not read or write {path}.',
    mend: 'Change its permissions, or choose another place.',
  },
  'cli.disk-full': {
    family: 'user',
    status: 507,
    sentence: 'The disk is full at {path}.',
    mend: 'Free some space and run it again.',
  },
  'cli.unreadable': {
    family: 'user',
    status: 400,
    sentence: 'The file {path} cannot be used: {problem}.',
    mend: '{hint}',
  },
  'cli.setting': {
    family: 'user',
    status: 400,
    sentence: '{option} cannot be {value}: {problem}.',
    mend: 'See `unica {command} --help` for an example.',
  },
  'cli.no-service': {
    family: 'user',
    status: 400,
    sentence: 'The folder {home} holds neither a hub nor a node.',
    mend: 'Give --home the data folder of one of them.',
  },
  'village.held-out-one-sided': {
    family: 'user',
    status: 422,
    sentence: 'The films kept apart for the comparison are all of one class.',
    mend: 'Give more images, with and without the finding.',
  },
  'http.csrf': {
    family: 'user',
    status: 403,
    sentence: 'The page is older than your session.',
    mend: 'Reload the page and try again.',
  },
  'http.port-busy': {
    family: 'user',
    status: 500,
    sentence: 'Port {port} is taken by another program.',
    mend: 'Stop that program, or choose another port with --port.',
  },
  'store.newer-database': {
    family: 'user',
    status: 500,
    sentence: 'The database was written by a newer version of UNICA (step {step}).',
    mend: 'Start that version, or restore the backup made before the upgrade.',
  },
  'store.blob-missing': {
    family: 'surroundings',
    status: 404,
    sentence: 'Content {sha256} is not in the store.',
    mend: 'Restore the blob folder from a backup, or send it again.',
  },
  'store.blob-damaged': {
    family: 'surroundings',
    status: 500,
    sentence: 'Content {sha256} was damaged on disk.',
    mend: 'Check the disk, then restore the blob folder from a backup.',
  },
  'identity.key-exposed': {
    family: 'user',
    status: 500,
    sentence: 'The key file {path} can be read by other users of this machine.',
    mend: 'Make it readable by its owner only: chmod 600.',
  },
  'identity.unknown-site': {
    family: 'user',
    status: 401,
    sentence: 'The hub does not know this node.',
    mend: 'Enrol it with a code from the coordinator.',
  },
  'identity.suspended': {
    family: 'user',
    status: 403,
    sentence: 'The node {siteId} is suspended.',
    mend: 'Ask the coordinator of the network.',
  },
  'identity.signature': {
    family: 'user',
    status: 401,
    sentence: 'The request does not carry a right signature.',
    mend: 'Check that nothing between node and hub rewrites requests, and that the node uses the key it enrolled with.',
  },
  'identity.clock': {
    family: 'user',
    status: 401,
    sentence: 'The clocks of node and hub differ by {offBySeconds} seconds.',
    mend: 'Set the clock of the machine that is wrong (time synchronisation).',
  },
  'identity.replay': {
    family: 'user',
    status: 401,
    sentence: 'This request was already received once.',
    mend: 'Nothing to do; a copy of a request is refused.',
  },
  'identity.code-refused': {
    family: 'user',
    status: 403,
    sentence: 'The enrolment code is wrong, used or expired.',
    mend: 'Ask the coordinator for a new code; each works once and only for its site.',
  },
  'identity.site-exists': {
    family: 'user',
    status: 409,
    sentence: 'The site {siteId} is already a member.',
    mend: 'Choose another site id.',
  },
  'identity.embedded-refused': {
    family: 'user',
    status: 500,
    sentence: 'The embedded sign-in has no passwords and runs only in a demonstration on this machine alone.',
    mend: 'Set an OpenID Connect issuer, or start a demonstration on 127.0.0.1.',
  },
  'identity.sign-in-failed': {
    family: 'user',
    status: 401,
    sentence: 'Signing in did not work.',
    mend: 'Start again from the sign-in button.',
  },
  'identity.issuer-unreachable': {
    family: 'surroundings',
    status: 502,
    sentence: 'The sign-in service did not answer.',
    mend: 'Try again; if it stays so, tell whoever runs it.',
  },
  'hub.no-permit': {
    family: 'user',
    status: 403,
    sentence: 'There is no current permit to train on {dataset} at {siteId}.',
    mend: 'Request access and wait for the committee, or leave that site out.',
  },
} as const satisfies Record<string, ErrorRow>;

/** Every code an error can carry. */
export type ErrorCode = keyof typeof ERROR_TABLE;
