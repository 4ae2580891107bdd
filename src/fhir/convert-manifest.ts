import { canonicalJson, type Json, sha256Hex, UnicaError, utf8 } from '#base';
import { type DataSet, newElement, parseDicom, TRANSFER_SYNTAX, textValue, withElements, writeDicom } from '#dicom';
import { tagHex, tagOf } from '#vocab';
import { dataSetOf, rowsOf } from './data-set-rows.ts';
import { type FhirObject, type FhirResource, isObject, isResource, listOf, objectsOf, textAt } from './fhir-json.ts';
import { type Change, changesBetween, readChanges, withChanges } from './json-patch.ts';
import { manifestOfBundle } from './manifest-of-bundle.ts';
import { manifestOfKos } from './manifest-of-kos.ts';
import { bundleOfManifest } from './manifest-to-bundle.ts';
import { kosOfManifest } from './manifest-to-kos.ts';
import { isTooDeep } from './nesting.ts';

/**
 * What one form of a manifest has no place for travels beside it in the other: in `meta` of the bundle, in private
 * elements of the key object selection. It is the difference between the original and what the way back would make of
 * the converted form, with the digest of the latter: where somebody has changed the converted form meanwhile, the
 * difference no longer fits and is left out.
 */
interface Residue {
  /** SHA-256 of the canonical JSON that the changes start from. */
  readonly from: string;
  readonly changes: readonly Change[];
}

/** @note a name, not an address to be visited: what it carries is read by UNICA alone. */
const EXTENSION = 'urn:unica:fhir:dicom-manifest-residue:1';
const CREATOR = 'UNICA FHIR 1';
const CREATOR_TAG = 0x2b010010;
const RESIDUE_TAG = 0x2b011001;
const ENCODING = { explicit: true, littleEndian: true } as const;

/**
 * A FHIR imaging manifest (IHE MADO) as a DICOM key object selection: a file. Converting it back gives the same document.
 * @throws UnicaError `fhir.no-manifest` where the bundle is none
 */
export function kosFromBundle(bundle: FhirResource): Uint8Array {
  if (isTooDeep(bundle)) throw new UnicaError('fhir.no-manifest');
  const { plain, residue } = withoutExtension(bundle);
  const made = kosOfManifest(manifestOfBundle(plain));
  const dataset = applied(rowsOf(made), residue, dataSetOf) ?? made;
  const back = bundleOfManifest(manifestOfKos(dataset));
  // A bundle that came from a key object selection is what the way back makes of it, but for the extension.
  const changes = changesBetween(back, plain);
  return fileOf(
    changes.length === 0 || isWayBack(dataset, bundle)
      ? dataset
      : withResidue(dataset, { from: digest(back), changes }),
  );
}

/**
 * A DICOM key object selection as a FHIR imaging manifest (IHE MADO). Converting it back gives the same data set; group
 * lengths and the file's meta header are written anew.
 * @throws UnicaError `fhir.no-manifest` for any other object, and those of reading DICOM
 */
export function bundleFromKos(file: Uint8Array): FhirResource {
  const { plain, residue } = withoutPrivate(parseDicom(file).dataset);
  const made = bundleOfManifest(manifestOfKos(plain));
  const original = applied(made, residue, (document) => (isResource(document) ? document : undefined));
  const bundle = original ?? made;
  const back = kosOfManifest(manifestOfBundle(bundle));
  const changes = changesBetween(rowsOf(back), rowsOf(plain));
  if (changes.length === 0 || original !== undefined) return bundle;
  return withExtension(bundle, { from: digest(rowsOf(back)), changes });
}

/** Whether the file converts to that very bundle: then nothing needs to travel beside it. */
function isWayBack(dataset: DataSet, bundle: FhirResource): boolean {
  return changesBetween(bundleFromKos(fileOf(dataset)), bundle).length === 0;
}

/** What the changes make; nothing where they do not belong to the document or make no sense. */
function applied<Made>(
  made: Json,
  residue: Residue | undefined,
  read: (changed: Json) => Made | undefined,
): Made | undefined {
  if (residue === undefined || residue.from !== digest(made)) return undefined;
  try {
    return read(withChanges(made, residue.changes));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function digest(document: Json): string {
  return sha256Hex(utf8(canonicalJson(document)));
}

function readResidue(text: string): Residue | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const changes = isObject(value) ? readChanges(value['changes']) : undefined;
  const from = isObject(value) ? textAt(value, 'from') : undefined;
  return changes === undefined || from === undefined ? undefined : { from, changes };
}

function withExtension(bundle: FhirResource, residue: Residue): FhirResource {
  const meta = isObject(bundle['meta']) ? bundle['meta'] : {};
  const extension: Json = { url: EXTENSION, valueString: JSON.stringify(residue) };
  return { ...bundle, meta: { ...meta, extension: [...listOf(meta['extension']), extension] } };
}

function withoutExtension(bundle: FhirResource): {
  readonly plain: FhirResource;
  readonly residue: Residue | undefined;
} {
  const { meta, ...rest } = bundle;
  if (!isObject(meta)) return { plain: bundle, residue: undefined };
  const own = objectsOf(meta['extension']).find(({ url }) => url === EXTENSION);
  if (own === undefined) return { plain: bundle, residue: undefined };
  const others = objectsOf(meta['extension']).filter((extension) => extension !== own);
  const { extension: _, ...plainMeta } = meta;
  const kept: FhirObject = others.length === 0 ? plainMeta : { ...plainMeta, extension: others };
  return {
    plain: { ...rest, resourceType: bundle.resourceType, meta: kept },
    residue: readResidue(textAt(own, 'valueString') ?? ''),
  };
}

function withResidue(dataset: DataSet, residue: Residue): DataSet {
  return withElements(dataset, [
    newElement(CREATOR_TAG, 'LO', textValue('LO', CREATOR), ENCODING),
    newElement(RESIDUE_TAG, 'UT', textValue('UT', JSON.stringify(residue)), ENCODING),
  ]);
}

function withoutPrivate(dataset: DataSet): { readonly plain: DataSet; readonly residue: Residue | undefined } {
  const rows = rowsOf(dataset);
  if (dataset.text(CREATOR_TAG) !== CREATOR || !isObject(rows)) return { plain: dataset, residue: undefined };
  const element = dataset.element(RESIDUE_TAG);
  const text = element === undefined ? '' : new TextDecoder().decode(element.value);
  const own = new Set([tagHex(CREATOR_TAG), tagHex(RESIDUE_TAG)]);
  const plain = dataSetOf(Object.fromEntries(Object.entries(rows).filter(([tag]) => !own.has(tag))) as Json);
  return { plain, residue: readResidue(text) };
}

function fileOf(dataset: DataSet): Uint8Array {
  const sopInstanceUid = dataset.text(tagOf('SOPInstanceUID'));
  const sopClassUid = dataset.text(tagOf('SOPClassUID'));
  if (sopInstanceUid === undefined || sopClassUid === undefined) throw new UnicaError('fhir.no-manifest');
  return writeDicom({ dataset, transferSyntaxUid: TRANSFER_SYNTAX.explicitLittle, sopClassUid, sopInstanceUid });
}
