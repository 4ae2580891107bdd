import type { Journal } from '#audit';
import { UnicaError } from '#base';
import type { Standing } from '#consent';
import { TRANSFER_SYNTAX } from '#dicom';
import { isConvertible, type SearchLevel, type SearchRow, searchOfIdentifier } from '#dicomweb';
import {
  FILE_META_BYTES_AT_MOST,
  type Findings,
  type FoundValues,
  type OutgoingInstance,
  type Question,
  type ReadableArchive,
  type RemoteSystem,
  readFileMeta,
} from '#dimse';
import type { BlobReader, BlobStore } from '#store';
import { tagOf } from '#vocab';
import type { NodeConfig } from './config.ts';
import type { DicomIndex, SentInstance } from './dicom-index.ts';
import { remoteOf } from './dicom-remote.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { PictureDesk } from './picture-desk.ts';

/** What other DICOM systems read from. */
export interface ReadingHouse {
  readonly config: NodeConfig;
  readonly index: DicomIndex;
  readonly blobs: BlobStore & BlobReader;
  readonly standing: Standing;
  hidden(): Promise<readonly string[]>;
  readonly journal: Journal;
  readonly desk: PictureDesk;
  readonly killSwitch: KillSwitch;
}

/** Matches that are fetched from the index at once. */
const PAGE = 1000;
/** More is not sent for one question; each costs some hundred bytes of memory. */
const OBJECTS_AT_MOST = 100_000;
/** Smaller objects are checked against their digest before the first byte of them goes out. */
const CHECKED_BEFORE_BYTES = 16 * 1_048_576;
/** Larger objects are sent as they are stored or not at all: converting takes several times their size of memory. */
const CONVERTED_BYTES_AT_MOST = 256 * 1_048_576;

const NATIVE: ReadonlySet<string> = new Set([
  TRANSFER_SYNTAX.implicitLittle,
  TRANSFER_SYNTAX.explicitLittle,
  TRANSFER_SYNTAX.explicitBig,
  TRANSFER_SYNTAX.deflatedLittle,
]);

/**
 * The node's archive as the systems listed in its settings may read it: de-identified images only, never of people who opted
 * out, and nothing while the owner has stopped the node. Undefined where nobody is listed.
 * @throws UnicaError `dimse.certificate-unusable`
 */
export async function readableArchive(house: ReadingHouse): Promise<ReadableArchive | undefined> {
  const { config, journal } = house;
  const { readers = [], destinations = [] } = config.dicomReceiver ?? {};
  if (readers.length === 0) return undefined;
  const remotes = new Map<string, RemoteSystem>();
  for (const address of destinations) remotes.set(address.aeTitle, await remoteOf(config, address));
  return {
    readers,
    destination: (aeTitle) => remotes.get(aeTitle),
    async find(question) {
      mayLeave(house);
      return await found(house, question);
    },
    async retrieve({ patientIds, ...lists }) {
      mayLeave(house);
      const wanted = { persons: patientIds, ...lists };
      const images = await house.index.imagesOf(wanted, await hiddenNow(house), OBJECTS_AT_MOST + 1);
      if (images.length > OBJECTS_AT_MOST) throw new UnicaError('node.too-much-asked', { limit: OBJECTS_AT_MOST });
      return images.map((image) => outgoing(house, image));
    },
    async retrieved({ service, to, ...facts }, asker) {
      await journal.append({
        actor: `dicom:${asker.aeTitle}`,
        action: 'images.sent',
        subject: `dicom:${to}`,
        facts: { service, ...facts },
      });
    },
  };
}

function mayLeave({ killSwitch }: ReadingHouse): void {
  if (killSwitch.stopped) throw new UnicaError('node.not-reading');
}

/** Also those who opted out by another program of this node, such as its command line. */
async function hiddenNow(house: ReadingHouse): Promise<readonly string[]> {
  await house.standing.refresh();
  return await house.hidden();
}

const LEVELS: Readonly<Record<Question['level'], SearchLevel>> = {
  PATIENT: 'study',
  STUDY: 'study',
  SERIES: 'series',
  IMAGE: 'instance',
};

/** Counts that only questions about people have; by tag, as searches of studies do not know them. */
const OF_PERSONS: ReadonlyMap<number, string> = new Map(
  ['NumberOfPatientRelatedStudies', 'NumberOfPatientRelatedSeries', 'NumberOfPatientRelatedInstances'].map(
    (keyword) => [tagOf(keyword), keyword],
  ),
);
/** What is known of a person; the rest of a study is below its level. */
const PERSON_KEYS: ReadonlySet<number> = new Set(
  ['PatientID', 'PatientName', 'PatientSex', 'PatientBirthDate'].map(tagOf),
);
const INSTANCE_AVAILABILITY = tagOf('InstanceAvailability');
const STUDY_INSTANCE_UID = tagOf('StudyInstanceUID');

async function found(house: ReadingHouse, { level, keys }: Question): Promise<Findings> {
  const isOfPersons = level === 'PATIENT';
  const ours = isOfPersons ? keys.filter(({ tag }) => PERSON_KEYS.has(tag)) : keys;
  const { query, isLoose, wanted } = searchOfIdentifier(LEVELS[level], ours);
  const hidden = await hiddenNow(house);
  // Inside a study the index walks by number.
  const study = keys.find(({ tag }) => tag === STUDY_INSTANCE_UID)?.value;
  const scope = level === 'SERIES' || level === 'IMAGE' ? { studyInstanceUid: study } : {};
  const page = async (offset: number): Promise<readonly SearchRow[]> => {
    const part = { ...query, limit: PAGE, offset };
    if (isOfPersons) return await house.index.searchPersons(part, hidden);
    // One more than asked for comes, which is the first of the next page.
    return (await house.index.search(part, scope, hidden)).slice(0, PAGE);
  };
  const keywords = new Map([...wanted].map(([tag, { keyword }]) => [tag, keyword]));
  if (isOfPersons) for (const [tag, keyword] of OF_PERSONS) keywords.set(tag, keyword);
  const matches = async function* () {
    for (let offset = 0; ; offset += PAGE) {
      mayLeave(house);
      const rows = await page(offset);
      for (const row of rows) yield valuesOf(row, keywords);
      if (rows.length < PAGE) return;
    }
  };
  const isIgnored = isOfPersons && keys.some(({ tag, value }) => value !== '' && !PERSON_KEYS.has(tag));
  return { isLoose: isLoose || isIgnored, matches: matches() };
}

/** What is told of a match, by tag. */
function valuesOf(row: SearchRow, keywords: ReadonlyMap<number, string>): FoundValues {
  const values = new Map<number, string | number | readonly string[]>([[INSTANCE_AVAILABILITY, 'ONLINE']]);
  for (const [tag, keyword] of keywords) {
    const value = row[keyword];
    if (value !== null && value !== undefined) values.set(tag, value);
  }
  return values;
}

function outgoing(house: ReadingHouse, image: SentInstance): OutgoingInstance {
  const { blobs, desk, standing } = house;
  const { blobSha256, sizeBytes, transferSyntaxUid, sopClassUid, sopInstanceUid } = image;
  // A long retrieval ends for a person, or as a whole, as soon as somebody says so.
  const mustBeFree = () => {
    mayLeave(house);
    if (standing.isLeftOut(image.person)) throw new UnicaError('node.opted-out-since');
  };
  const whole = async () => {
    mustBeFree();
    return await blobs.get(blobSha256);
  };
  const canConvert =
    sizeBytes <= CONVERTED_BYTES_AT_MOST && isConvertible({ ...image, encapsulated: !NATIVE.has(transferSyntaxUid) });
  return {
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid,
    async chunks() {
      if (sizeBytes <= CHECKED_BEFORE_BYTES) return [datasetOf(await whole())];
      mustBeFree();
      return datasetInPieces(blobs.stream(blobSha256));
    },
    ...(canConvert
      ? {
          converted: async (uid: string) => {
            const kind = uid === TRANSFER_SYNTAX.implicitLittle ? 'implicit-little' : 'explicit-little';
            return [datasetOf(await desk.do({ kind, file: await whole() }))];
          },
        }
      : {}),
  };
}

/** A file without its header. */
function datasetOf(file: Uint8Array): Uint8Array {
  return file.subarray(readFileMeta(file.subarray(0, FILE_META_BYTES_AT_MOST)).datasetStart);
}

/** The same of a file that comes in pieces, the first of which holds its header. */
async function* datasetInPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const piece of pieces) {
    yield isFirst ? datasetOf(piece) : piece;
    isFirst = false;
  }
}
