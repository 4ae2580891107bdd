import { SOP_CLASSES } from './generated/sop-classes.ts';

const names = new Map(
  SOP_CLASSES.split('\n').map((row) => {
    const space = row.indexOf(' ');
    return [row.slice(0, space), row.slice(space + 1)] as const;
  }),
);

/** Name of a SOP class by its UID; undefined when PS3.4 does not list it. */
export function sopClassName(uid: string): string | undefined {
  return names.get(uid);
}
