import { concatBytes, utf8 } from '#base';
import { PduViolation } from './decode-pdu.ts';

/** Command field values (PS3.7 annex E.1); a response has 0x8000 added. */
export const COMMAND = {
  store: 0x0001,
  get: 0x0010,
  find: 0x0020,
  move: 0x0021,
  echo: 0x0030,
  cancel: 0x0fff,
} as const;

export const RESPONSE = 0x8000;

/** Elements of group 0000 that these services use (PS3.7 annex E.1), by our names. */
const FIELDS = {
  affectedSopClassUid: [0x0002, 'UI'],
  commandField: [0x0100, 'US'],
  messageId: [0x0110, 'US'],
  messageIdRespondedTo: [0x0120, 'US'],
  moveDestination: [0x0600, 'AE'],
  priority: [0x0700, 'US'],
  dataSetType: [0x0800, 'US'],
  status: [0x0900, 'US'],
  errorComment: [0x0902, 'LO'],
  affectedSopInstanceUid: [0x1000, 'UI'],
  remaining: [0x1020, 'US'],
  completed: [0x1021, 'US'],
  failed: [0x1022, 'US'],
  warnings: [0x1023, 'US'],
  moveOriginatorAeTitle: [0x1030, 'AE'],
  moveOriginatorMessageId: [0x1031, 'US'],
} as const;

type FieldName = keyof typeof FIELDS;
type NumberName = { [name in FieldName]: (typeof FIELDS)[name][1] extends 'US' ? name : never }[FieldName];
type TextName = Exclude<FieldName, NumberName>;

/** A command set as a record. */
export type Command = { readonly [name in NumberName]?: number } & { readonly [name in TextName]?: string };

/** No data set follows (PS3.7 section 9.3). */
const NO_DATA_SET = 0x0101;
const DATA_SET = 0x0000;
/** The longest command set that is read; the longest of these services has some 400 bytes. */
export const COMMAND_BYTES_AT_MOST = 16_384;

const byElement: ReadonlyMap<number, readonly [FieldName, string]> = new Map(
  Object.entries(FIELDS).map(([name, [element, vr]]) => [element, [name as FieldName, vr]]),
);

/** Whether a data set follows the command. */
export function announcesDataSet(command: Command): boolean {
  return command.dataSetType !== NO_DATA_SET;
}

/** The bytes of a command set, implicit little endian, group length first (PS3.7 section 6.3.1). */
export function encodeCommand(command: Omit<Command, 'dataSetType'>, hasDataSet: boolean): Uint8Array {
  const all: Command = { ...command, dataSetType: hasDataSet ? DATA_SET : NO_DATA_SET };
  const elements = [...byElement].flatMap(([element, [name, vr]]) => {
    const value = all[name];
    return value === undefined ? [] : [elementBytes(element, valueBytes(vr, value))];
  });
  const body = concatBytes(elements);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length, true);
  return concatBytes([elementBytes(0, length), body]);
}

/** The record of a command set; elements of other services are read over. @throws PduViolation */
export function decodeCommand(bytes: Uint8Array): Command {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command: { [name in FieldName]?: string | number } = {};
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < 8) throw new PduViolation('a command that ends in the middle of an element');
    const element = view.getUint16(offset + 2, true);
    const end = offset + 8 + view.getUint32(offset + 4, true);
    if (view.getUint16(offset, true) !== 0 || end > bytes.length) throw new PduViolation('a damaged command');
    const [name, vr] = byElement.get(element) ?? [];
    if (name !== undefined) {
      const value = bytes.subarray(offset + 8, end);
      if (vr === 'US' && value.length !== 2) throw new PduViolation('a number of a wrong length in a command');
      command[name] = vr === 'US' ? view.getUint16(offset + 8, true) : textOf(value);
    }
    offset = end;
  }
  if (command.commandField === undefined) throw new PduViolation('a command without a command field');
  return command as Command;
}

function elementBytes(element: number, value: Uint8Array): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint16(2, element, true);
  view.setUint32(4, value.length, true);
  return concatBytes([head, value]);
}

function valueBytes(vr: string, value: string | number): Uint8Array {
  if (typeof value === 'number') return Uint8Array.of(value & 0xff, value >>> 8);
  const bytes = utf8(value);
  if (bytes.length % 2 === 0) return bytes;
  return concatBytes([bytes, Uint8Array.of(vr === 'UI' ? 0 : 0x20)]);
}

function textOf(value: Uint8Array): string {
  return String.fromCharCode(...value.subarray(0, 256))
    .replace(/[\0 ]+$/, '')
    .trimStart();
}
