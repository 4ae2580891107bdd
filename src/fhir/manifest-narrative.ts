/** A two-column table as a FHIR narrative; rows without a value are left out. */
export function tableNarrative(rows: readonly (readonly [name: string, value: string | number | undefined])[]): {
  readonly status: 'generated';
  readonly div: string;
} {
  const cells = rows.flatMap(([name, value]) =>
    value === undefined || value === ''
      ? []
      : [`<tr><td><b>${escaped(name)}</b></td><td>${escaped(String(value))}</td></tr>`],
  );
  return {
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml"><table><tbody>${cells.join('')}</tbody></table></div>`,
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** @note control characters are not XML and go away. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is removed
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '').replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
}
