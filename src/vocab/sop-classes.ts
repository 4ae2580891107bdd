import { SOP_CLASSES } from './generated/sop-classes.ts';

const names = new Map(
  SOP_CLASSES.split('\n').map((row) => {
    const space = row.indexOf(' ');
    return [row.slice(0, space), row.slice(space + 1)] as const;
  }),
);

const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

/** Name of a SOP class by its UID; undefined when PS3.4 does not list it. */
export function sopClassName(uid: string): string | undefined {
  return names.get(uid);
}

/** Whether instances of a SOP class are pictures, by the names PS3.4 gives the classes. */
export function isPictureClass(uid: string): boolean {
  return /Image|Parametric Map|^Segmentation/.test(names.get(uid) ?? '');
}

/** UIDs of all SOP classes whose instances are sent over the network to be kept; the media directory is none. */
export function storageSopClassUids(): readonly string[] {
  return [...names.keys()].filter((uid) => uid !== MEDIA_STORAGE_DIRECTORY);
}
