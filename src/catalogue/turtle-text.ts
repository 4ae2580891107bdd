/** A Turtle string literal (RDF 1.1 Turtle section 6.4), with a language tag where given. */
export function literal(text: string, language?: string): string {
  const escaped = text.replace(/[\\"\p{Cc}]/gu, (character) => ESCAPES[character] ?? unicode(character));
  return `"${escaped}"${language === undefined ? '' : `@${language}`}`;
}

/** A literal with a datatype of XML Schema. */
export function typed(value: string | number | boolean, type: 'nonNegativeInteger' | 'boolean' | 'date'): string {
  return `"${value}"^^xsd:${type}`;
}

/** An IRI in angle brackets; characters an IRI must not hold are percent-encoded. */
export function iri(text: string): string {
  const encoded = text.replace(/[\p{Cc} <>"{}|^`\\]/gu, (character) => encodeURIComponent(character));
  return `<${encoded}>`;
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
