import { isPrintable } from '#paper';
import { KIT_PAGES, KIT_SHEETS, type Kit, type KitLanguage, type KitPartnerView, type NetworkState } from '#wire';
import { KIT_WORDS } from './kit-words.ts';
import { qrCode } from './qr-code.ts';

/** Of what a kit is made. */
export interface KitParts {
  readonly language: KitLanguage;
  readonly state: NetworkState;
  readonly partner: KitPartnerView | null;
  readonly partners: Kit['partners'];
  /** Where the code leads when the partner says nothing: the public page of the hub; null where its address is not known. */
  readonly page: string | null;
}

/** Everything of the kit in one language. The figures are those of the public state of the network: nothing finer is told, and what is not known is left out. */
export function makeKit({ language, state, partner, partners, page }: KitParts): Kit {
  const words = KIT_WORDS[language];
  const { headline, tagline, points, pages, decide, ask, together, register, email, sms } = words;
  const address = partner?.choices ?? page;
  const figures = figuresOf(language, state);
  const kit = {
    language,
    network: state.network,
    atMs: state.atMs,
    headline,
    tagline,
    points: [...points],
    pages: KIT_PAGES.map((one) => ({ page: one, title: pages[one].title, body: [...pages[one].body] })),
    figures,
    decide,
    ask,
    together,
    register,
    choices: address === null ? null : choicesOf(address),
    partner,
    partners: [...partners],
    email: {
      subject: email.subject,
      body: paragraphs([
        email.lead,
        points.map((point) => `– ${point}`).join('\n'),
        tagline,
        ...(address === null ? [] : [`${decide}: ${address}`]),
        ...(figures.rows.length === 0
          ? []
          : [
              [
                `${figures.title}:`,
                ...figures.rows.map(({ label, value }) => `– ${label}: ${value}`),
                ...figures.notes,
              ].join('\n'),
            ]),
        ...(partner === null ? [] : [`${ask}: ${partner.contact}`]),
        [state.network, ...(partner === null ? [] : [partner.name])].join('\n'),
      ]),
    },
    sms: address === null ? sms.replace(/[:,]$/, '.') : `${sms} ${address}`,
    pdfs: [],
  };
  return { ...kit, pdfs: isPrintable(printed(kit)) ? [...KIT_SHEETS] : [] };
}

const paragraphs = (parts: readonly string[]): string => parts.join('\n\n');

/** All that stands on sheets. */
function printed({
  network,
  headline,
  tagline,
  points,
  pages,
  figures,
  decide,
  ask,
  together,
  register,
  partner,
}: Kit) {
  return [
    ...[network, headline, tagline, decide, ask, together, register, figures.title],
    ...points,
    ...pages.flatMap(({ title, body }) => [title, ...body]),
    ...figures.rows.flatMap(({ label, value }) => [label, value]),
    ...figures.notes,
    ...(partner === null ? [] : [partner.name, partner.contact, partner.registerNumber ?? '']),
  ].join(' ');
}

function choicesOf(address: string): Kit['choices'] {
  const code = qrCode(address);
  if (code === undefined) return null;
  const path = code.dark.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { address, code: { size: code.dark.length, path: path.join('') } };
}

/** Numbers as they stand in the language; plain `pt` is Brazil's way. */
const localeOf = (language: KitLanguage): string => (language === 'pt' ? 'pt-PT' : language);

function figuresOf(language: KitLanguage, { totals, projects, atMs }: NetworkState): Kit['figures'] {
  const { figures: words } = KIT_WORDS[language];
  const count = new Intl.NumberFormat(localeOf(language));
  const day = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' }).format(atMs);
  const rows = (
    [
      [words.studies, totals.studies],
      [words.synthetic, totals.syntheticStudies],
      [words.persons, totals.persons],
      [words.sites, totals.sites],
      [words.countries, totals.sites === 0 ? 0 : totals.countries],
      [words.projects, projects],
    ] as const
  ).flatMap(([label, value]) => (value === 0 ? [] : [{ label, value: plainSpaces(count.format(value)) }]));
  const isTold = totals.studies > 0 || totals.persons > 0;
  return {
    title: `${words.title}, ${plainSpaces(day)}`,
    rows,
    notes: isTold ? [words.rounded] : rows.length === 0 ? [words.none] : [],
  };
}

/** Some languages part thousands by narrow spaces, which the fonts of our PDF do not have. */
const plainSpaces = (text: string): string => text.replace(/[\u2009\u202f]/g, '\u00a0');
