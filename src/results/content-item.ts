import { UnicaError } from '#base';
import type { Attributes } from '#dicom';
import { type Code, codeItem } from './code.ts';

/** How an item belongs to the one above it (PS3.3 section C.17.3.2.4). */
export type Relationship =
  | 'CONTAINS'
  | 'HAS PROPERTIES'
  | 'HAS OBS CONTEXT'
  | 'HAS ACQ CONTEXT'
  | 'INFERRED FROM'
  | 'SELECTED FROM'
  | 'HAS CONCEPT MOD';

/** What an item says. */
export type Content =
  | { readonly type: 'CONTAINER'; readonly template?: number | undefined }
  | { readonly type: 'CODE'; readonly code: Code }
  | { readonly type: 'TEXT'; readonly text: string }
  | { readonly type: 'NUM'; readonly value: number; readonly unit: Code }
  | { readonly type: 'UIDREF'; readonly uid: string }
  | { readonly type: 'DATE' | 'TIME'; readonly moment: string }
  | {
      readonly type: 'IMAGE';
      readonly sopClassUid: string;
      readonly sopInstanceUid: string;
      /** Numbers of the segments that are meant. */
      readonly segments?: readonly number[] | undefined;
    }
  | {
      readonly type: 'SCOORD';
      readonly graphic: 'POINT' | 'POLYLINE';
      /** column, row, column, row, …: pixels, the middle of the first at (0.5, 0.5). */
      readonly points: readonly number[];
    };

/** An item of a report's tree, by value. */
export interface Item {
  readonly kind: 'item';
  readonly relationship: Relationship;
  readonly concept: Code | undefined;
  readonly content: Content;
  readonly children: readonly Node[];
}

/** An item elsewhere in the tree, meant once more. */
interface Reference {
  readonly kind: 'reference';
  readonly relationship: Relationship;
  readonly to: Item;
}

type Node = Item | Reference;

/** An item with its children. Those that are undefined are left out, so that a tree reads as its template does. */
export function item(
  relationship: Relationship,
  concept: Code | undefined,
  content: Content,
  children: readonly (Node | undefined)[] = [],
): Item {
  return { kind: 'item', relationship, concept, content, children: children.filter((child) => child !== undefined) };
}

/** Another item of the tree, by reference. */
export function reference(relationship: Relationship, to: Item): Reference {
  return { kind: 'reference', relationship, to };
}

/** The elements of the root and all below it (PS3.3 sections C.17.3 and C.18). */
export function treeAttributes(root: Item): Attributes {
  const places = new Map<Item, readonly number[]>();
  const place = (node: Item, at: readonly number[]): void => {
    places.set(node, at);
    for (const [index, child] of node.children.entries()) if (child.kind === 'item') place(child, [...at, index + 1]);
  };
  place(root, [1]);
  const written = (node: Node): Attributes => {
    if (node.kind === 'item') return { RelationshipType: node.relationship, ...itemAttributes(node, written) };
    const at = places.get(node.to);
    // A reference to something that was left out would lead nowhere.
    if (at === undefined) throw new UnicaError('internal');
    return { RelationshipType: node.relationship, ReferencedContentItemIdentifier: at };
  };
  return itemAttributes(root, written);
}

function itemAttributes({ concept, content, children }: Item, written: (node: Node) => Attributes): Attributes {
  return {
    ValueType: content.type,
    ...(concept === undefined ? {} : { ConceptNameCodeSequence: [codeItem(concept)] }),
    ...valueAttributes(content),
    ...(children.length === 0 ? {} : { ContentSequence: children.map(written) }),
  };
}

function valueAttributes(content: Content): Attributes {
  switch (content.type) {
    case 'CONTAINER':
      return {
        ContinuityOfContent: 'SEPARATE',
        ...(content.template === undefined
          ? {}
          : {
              ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: String(content.template) }],
            }),
      };
    case 'CODE':
      return { ConceptCodeSequence: [codeItem(content.code)] };
    case 'TEXT':
      return { TextValue: content.text };
    case 'NUM':
      return {
        MeasuredValueSequence: [
          { NumericValue: decimal(content.value), MeasurementUnitsCodeSequence: [codeItem(content.unit)] },
        ],
      };
    case 'UIDREF':
      return { UID: content.uid };
    case 'DATE':
      return { Date: content.moment };
    case 'TIME':
      return { Time: content.moment };
    case 'IMAGE':
      return {
        ReferencedSOPSequence: [
          {
            ReferencedSOPClassUID: content.sopClassUid,
            ReferencedSOPInstanceUID: content.sopInstanceUid,
            ...(content.segments === undefined ? {} : { ReferencedSegmentNumber: content.segments }),
          },
        ],
      };
    case 'SCOORD':
      return { GraphicData: content.points, GraphicType: content.graphic };
  }
}

/** A number that a clinic reads: four digits behind the point at most, never in powers of ten. */
function decimal(value: number): string {
  return String(Number(value.toFixed(4)));
}
