import { CodeLists, isCodeRow } from './code-lists.ts';
import { EU_BASE } from './generated/eu-base.ts';
import { EU_IMAGING } from './generated/eu-imaging.ts';
import { MADO } from './generated/mado.ts';
import { R4_CODES } from './generated/r4-codes.ts';
import { R4_EXTENSIONS } from './generated/r4-extensions.ts';
import { R4_RESOURCES } from './generated/r4-resources.ts';
import { R4_TYPES } from './generated/r4-types.ts';
import { type ElementNode, type Structure, treeOf } from './structures.ts';

const CORE = 'http://hl7.org/fhir/StructureDefinition/';

/** The definitions that the product ships: FHIR R4 4.0.1, HL7 Europe base and imaging, IHE MADO. */
export class Definitions {
  readonly codes = new CodeLists();
  readonly #lines = new Map<string, string>();
  readonly #trees = new Map<string, ElementNode>();

  constructor(texts: readonly string[]) {
    for (const line of texts.flatMap((text) => text.split('\n'))) {
      // Structures are parsed when asked for: a document needs a few dozen of six hundred.
      const url = /^\{"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) this.#lines.set(url, line);
      else {
        const row: unknown = JSON.parse(line);
        if (isCodeRow(row)) this.codes.add(row);
      }
    }
  }

  /** The tree of a profile, a data type or a resource by its canonical address, with or without a version. */
  tree(url: string): ElementNode | undefined {
    const plain = plainUrl(url);
    const known = this.#trees.get(plain);
    if (known !== undefined) return known;
    const line = this.#lines.get(plain);
    if (line === undefined) return undefined;
    const tree = treeOf(JSON.parse(line) as Structure);
    this.#trees.set(plain, tree);
    return tree;
  }

  /** The tree of a type of FHIR itself: `Patient`, `HumanName`, `date`. */
  typeTree(type: string): ElementNode | undefined {
    const name = type.startsWith('http://hl7.org/fhirpath/System.') ? '' : type.replace(CORE, '');
    return /^\w+$/.test(name) ? this.tree(`${CORE}${name}`) : undefined;
  }

  /** True when `type` is `ancestor` or derives from it: Age from Quantity, Patient from Resource. */
  isA(type: string, ancestor: string): boolean {
    for (let name: string | undefined = type; name !== undefined; ) {
      if (name === ancestor) return true;
      name = this.typeTree(name)?.structure.baseDefinition?.replace(CORE, '');
    }
    return false;
  }

  /** Addresses of the profiles, types and extensions, sorted. */
  urls(): readonly string[] {
    return [...this.#lines.keys()].sort();
  }
}

/** A canonical address without its version; some documents write the version after a number sign. */
export function plainUrl(url: string): string {
  return url.replace(/[|#].*$/, '');
}

let shipped: Definitions | undefined;

/** The shipped definitions, read on first use. */
export function shippedDefinitions(): Definitions {
  shipped ??= new Definitions([R4_TYPES, R4_RESOURCES, R4_EXTENSIONS, R4_CODES, EU_BASE, EU_IMAGING, MADO]);
  return shipped;
}
