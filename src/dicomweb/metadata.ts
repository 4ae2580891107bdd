import type { Json } from '#base';
import { type BulkDataUri, type DataSet, type DicomFile, type Element, toDicomJson } from '#dicom';

/** An image's header for a client: without its pixels, which have an address instead. */
export function metadataOf(
  header: DicomFile,
  options: {
    readonly bulkDataUri: BulkDataUri;
    readonly pixels?: { readonly tag: string; readonly vr: string } | undefined;
    /** Of the file as it is stored. */
    readonly transferSyntaxUid: string;
  },
): Json {
  const { bulkDataUri, pixels, transferSyntaxUid } = options;
  const members = toDicomJson(header.dataset, bulkDataUri) as { readonly [tag: string]: Json };
  return {
    ...members,
    '00083002': { vr: 'UI', Value: [transferSyntaxUid] },
    ...(pixels === undefined ? {} : { [pixels.tag]: { vr: pixels.vr, BulkDataURI: bulkDataUri(pixels.tag, 0) } }),
  };
}

/** The element of a path such as `00420011` or `00480105.1.00282000`; undefined when there is none. */
export function elementAt(dataset: DataSet, path: string): Element | undefined {
  const [tag = '', item, ...rest] = path.split('.');
  if (!/^[0-9a-f]{8}$/i.test(tag)) return undefined;
  const element = dataset.element(Number.parseInt(tag, 16));
  if (item === undefined || element === undefined) return item === undefined ? element : undefined;
  const inside = /^\d{1,6}$/.test(item) ? element.items?.[Number(item) - 1] : undefined;
  return inside === undefined || rest.length === 0 ? undefined : elementAt(inside, rest.join('.'));
}
