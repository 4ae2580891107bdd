import dataFactory from '@rdfjs/data-model';
import type { Quad } from '@rdfjs/types';
import { Parser } from 'n3';
import { UnicaError } from '#base';

/** What is read at most: a catalogue of some thousand records fits. */
export const RDF_LIMITS = { bytes: 32 * 1024 * 1024, statements: 1_000_000, jsonDepth: 200 } as const;

/** Ways of writing linked data down that are read. */
export type RdfSyntax = 'turtle' | 'json-ld';

/** By the end of a file's name; undefined when it says nothing. */
export function syntaxOfName(name: string): RdfSyntax | undefined {
  if (/\.(ttl|turtle|nt|nq|trig)$/i.test(name)) return 'turtle';
  return /\.(jsonld|json)$/i.test(name) ? 'json-ld' : undefined;
}

/**
 * The statements of a Turtle (or N-Triples, TriG) or JSON-LD document. Nothing is fetched: a JSON-LD context must be in
 * the document itself.
 * @param syntax guessed from the first character where it is not told
 * @param baseIri what relative addresses of the document are relative to: where it was read from
 * @throws UnicaError `shacl.too-large`, `shacl.unreadable`
 */
export async function readRdf(bytes: Uint8Array, syntax?: RdfSyntax, baseIri?: string): Promise<readonly Quad[]> {
  if (bytes.length > RDF_LIMITS.bytes) {
    throw new UnicaError('shacl.too-large', { what: 'bytes', limit: RDF_LIMITS.bytes });
  }
  const text = textOf(bytes);
  const quads =
    (syntax ?? guess(text)) === 'json-ld' ? await fromJsonLd(text, baseIri) : await fromTurtle(text, baseIri);
  // Everything is one record to its reader, whatever graphs it was filed in.
  return quads.map(({ subject, predicate, object }) => dataFactory.quad(subject, predicate, object));
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnicaError('shacl.unreadable', { problem: 'it is not text in UTF-8' }, { cause });
  }
}

/** An opening bracket begins an object of JSON-LD and a blank node of Turtle: the next character tells. */
function guess(text: string): RdfSyntax {
  return /^\s*(\{|\[\s*[{\]])/.test(text) ? 'json-ld' : 'turtle';
}

async function fromTurtle(text: string, baseIri?: string): Promise<readonly Quad[]> {
  const quads: Quad[] = [];
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    new Parser({ factory: dataFactory, ...(baseIri === undefined ? {} : { baseIRI: baseIri }) }).parse(
      text,
      (error, quad) => {
        if (error) {
          reject(new UnicaError('shacl.unreadable', { problem: problemOf(error) }, { cause: error }));
        } else if (quad) {
          // The parser cannot be stopped, but what it finds beyond the limit is not kept.
          count += 1;
          if (count <= RDF_LIMITS.statements) quads.push(quad);
        } else if (count > RDF_LIMITS.statements) {
          reject(new UnicaError('shacl.too-large', { what: 'statements', limit: RDF_LIMITS.statements }));
        } else {
          resolve();
        }
      },
    );
  });
  return quads;
}

async function fromJsonLd(text: string, baseIri?: string): Promise<readonly Quad[]> {
  if (depthOf(text) > RDF_LIMITS.jsonDepth) {
    throw new UnicaError('shacl.unreadable', { problem: `it is nested deeper than ${RDF_LIMITS.jsonDepth} levels` });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new UnicaError('shacl.unreadable', { problem: `it is not JSON: ${problemOf(cause)}` }, { cause });
  }
  if (typeof document !== 'object' || document === null) {
    throw new UnicaError('shacl.unreadable', { problem: 'it is JSON but neither an object nor a list' });
  }
  const { default: jsonld } = await import('jsonld');
  let nquads: unknown;
  try {
    nquads = await jsonld.toRDF(document as never, {
      format: 'application/n-quads',
      ...(baseIri === undefined ? {} : { base: baseIri }),
      documentLoader: async (url: string) => {
        throw new UnicaError('shacl.remote-context', { url: url.slice(0, 200) });
      },
    });
  } catch (cause) {
    const refused = refusalIn(cause);
    if (refused !== undefined) throw refused;
    throw new UnicaError('shacl.unreadable', { problem: `it is not JSON-LD: ${problemOf(cause)}` }, { cause });
  }
  return await fromTurtle(String(nquads));
}

/** The library wraps what its loader throws. */
function refusalIn(thrown: unknown): UnicaError | undefined {
  if (thrown instanceof UnicaError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const details: unknown = 'details' in thrown ? thrown.details : undefined;
  const inner =
    typeof details === 'object' && details !== null && 'cause' in details ? details.cause : (thrown.cause ?? undefined);
  return inner === undefined ? undefined : refusalIn(inner);
}

/** Depth of brackets outside strings, found without recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}

/** The first line of a complaint; a parser says in which line it stopped. */
function problemOf(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return (said.split('\n')[0] ?? '').replace(/[.\s]+$/, '').slice(0, 200);
}
