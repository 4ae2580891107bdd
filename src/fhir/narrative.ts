/** Elements that FHIR R4 allows in a narrative (section 2.24.1). */
const ALLOWED = new Set(
  (
    'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ' +
    'li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var'
  ).split(' '),
);

const ENTITY = /^&(#\d+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos|[A-Za-z][A-Za-z0-9]*);/;
const TAG = /^<(\/?)([A-Za-z][\w:-]*)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/;
const COMMENT = /^<!--(?:(?!--)[\s\S])*-->/;

/** Why a text is not a narrative of FHIR: well-formed, of allowed elements, with something to read. Nothing where it is. */
export function narrativeProblem(text: string): string | undefined {
  const open: string[] = [];
  let rest = text.trim();
  let somethingToRead = false;
  if (!rest.startsWith('<div')) return 'does not begin with <div>';
  if (!/^<div\b[^>]*xmlns\s*=\s*["']http:\/\/www\.w3\.org\/1999\/xhtml["']/.test(rest)) {
    return 'does not name the namespace http://www.w3.org/1999/xhtml';
  }
  for (let first = true; rest !== ''; first = false) {
    if (!first && open.length === 0) return 'goes on after its <div>';
    if (rest.startsWith('<')) {
      const comment = COMMENT.exec(rest);
      const tag = TAG.exec(rest);
      if (comment !== null) {
        rest = rest.slice(comment[0].length);
        continue;
      }
      if (tag === null) return 'is not well-formed XHTML';
      const [whole, closing, name = '', attributes = '', empty] = tag;
      if (!ALLOWED.has(name)) return `has the element <${name}>, which a narrative must not have`;
      const bad = forbiddenAttribute(attributes);
      if (bad !== undefined) return `has the attribute ${bad}, which a narrative must not have`;
      if (name === 'img') somethingToRead = true;
      if (closing === '/') {
        if (open.pop() !== name) return `closes <${name}> where another element is open`;
      } else if (empty !== '/') open.push(name);
      rest = rest.slice(whole.length);
      continue;
    }
    if (rest.startsWith('&')) {
      const entity = ENTITY.exec(rest);
      if (entity === null) return 'has an & that begins no character reference';
      somethingToRead = true;
      rest = rest.slice(entity[0].length);
      continue;
    }
    const end = /[<&]/.exec(rest)?.index ?? rest.length;
    somethingToRead ||= rest.slice(0, end).trim() !== '';
    rest = rest.slice(end);
  }
  if (open.length > 0) return `does not close <${open.at(-1)}>`;
  return somethingToRead ? undefined : 'has nothing to read';
}

/** Scripts and the like. */
function forbiddenAttribute(attributes: string): string | undefined {
  for (const [, name = '', value = ''] of attributes.matchAll(/([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    if (/^on/i.test(name) || (/^(href|src)$/i.test(name) && /^["']\s*javascript:/i.test(value))) return name;
  }
  return undefined;
}
