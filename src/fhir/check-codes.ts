import type { Json } from '#base';
import type { CodeLists, Membership } from './code-lists.ts';
import { type FhirObject, isObject, listOf, objectsOf, textAt } from './fhir-json.ts';
import type { Findings } from './issues.ts';

type Report = (rule: string, message: string, fix: string, below?: string) => void;

/** A code against the code system that it names. */
export function checkCode(coding: FhirObject, codes: CodeLists, report: Report): void {
  const code = textAt(coding, 'code');
  const system = textAt(coding, 'system');
  if (code === undefined || system === undefined) return;
  if (codes.knowsCode(system, code) !== 'out') return;
  report(
    'binding',
    `"${short(code)}" is no code of ${short(system)}`,
    'use a code of that system, or the system that the code is from',
    '.code',
  );
}

/** A coded value against the value set that its element is bound to. */
export function checkBinding(
  bound: {
    readonly value: Json;
    readonly type: string;
    readonly binding: { readonly strength: string; readonly valueSet: string };
    readonly codes: CodeLists;
  },
  report: Report,
  findings: Findings,
): void {
  const { value, type, binding, codes } = bound;
  if (binding.strength !== 'required') return;
  const answer = membershipOf(value, type, (code, system) => codes.contains(binding.valueSet, code, system));
  if (answer === 'unknown') findings.notChecked.add(`value set ${binding.valueSet}: its codes are not shipped`);
  if (answer !== 'out') return;
  const examples = codes.examplesOf(binding.valueSet).join(', ');
  const said = typeof value === 'string' ? `"${short(value)}"` : 'its code';
  report(
    'binding',
    `${said} is not in the value set ${binding.valueSet}`,
    examples === '' ? 'use a code of that set' : `use a code such as ${examples}`,
  );
}

function membershipOf(
  value: Json,
  type: string,
  contains: (code: string, system?: string) => Membership,
): Membership | undefined {
  if (typeof value === 'string') return contains(value);
  if (!isObject(value)) return undefined;
  if (type === 'Coding' || type === 'Quantity') return ofCoding(value, contains);
  if (type !== 'CodeableConcept') return undefined;
  const codings = objectsOf(value['coding']);
  if (codings.length === 0) return listOf(value['extension']).length > 0 ? undefined : 'out';
  const answers = codings.map((coding) => ofCoding(coding, contains));
  if (answers.includes('in')) return 'in';
  return answers.includes('unknown') ? 'unknown' : 'out';
}

function ofCoding(coding: FhirObject, contains: (code: string, system?: string) => Membership): Membership {
  const code = textAt(coding, 'code');
  if (code === undefined) return listOf(coding['extension']).length > 0 ? 'unknown' : 'out';
  return contains(code, textAt(coding, 'system') ?? '');
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
