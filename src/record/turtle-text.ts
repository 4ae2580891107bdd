/** A Turtle string literal (RDF 1.1 Turtle section 6.4), with a language tag where given. */
export function literal(text: string, language?: string): string {
  const escaped = text.replace(/[\\"\p{Cc}]/gu, (character) => ESCAPES[character] ?? unicode(character));
  return `"${escaped}"${language === undefined ? '' : `@${language}`}`;
}

/** A literal with a datatype of XML Schema. */
export function typed(
  value: string | number | boolean,
  type: 'nonNegativeInteger' | 'boolean' | 'date' | 'dateTime' | 'decimal' | 'duration',
): string {
  return `"${value}"^^xsd:${type}`;
}

/** An IRI in angle brackets; characters an IRI must not hold are percent-encoded. */
export function iri(text: string): string {
  const encoded = text.replace(/[\p{Cc} <>"{}|^`\\]/gu, (character) => encodeURIComponent(character));
  return `<${encoded}>`;
}

/** A property with its values as Turtle; without values it is not known. */
export type Property = readonly [property: string, values: readonly (string | undefined)[]];

/** What is described, on lines of its own. */
export function block(subject: string, properties: readonly Property[]): string {
  return `${subject}\n${linesOf(properties, '  ')} .\n`;
}

/** Something nested that has no address. */
export function nested(properties: readonly Property[]): string {
  return `[\n${linesOf(properties, '    ')}\n  ]`;
}

/** Prefixes at the top of a document. */
export function prefixLines(prefixes: Readonly<Record<string, string>>): string {
  return Object.entries(prefixes)
    .map(([name, address]) => `@prefix ${name}: <${address}> .\n`)
    .join('');
}

function linesOf(properties: readonly Property[], indent: string): string {
  return properties
    .map(([property, values]) => [property, values.filter((value) => value !== undefined)] as const)
    .filter(([, values]) => values.length > 0)
    .map(([property, values]) => `${indent}${property} ${values.join(', ')}`)
    .join(' ;\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
