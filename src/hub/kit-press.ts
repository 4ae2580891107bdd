import { type Clock, UnicaError } from '#base';
import { openAllowance } from '#http';
import { kitPdf, makeKit } from '#outreach';
import type { Kit, KitLanguage, KitPartnerView, KitSheet, NetworkState } from '#wire';

/** Kits of one state that are kept; beyond these all are made anew. */
const MOST_KEPT = 120;

/** What is asked for. */
interface Wanted {
  readonly language: KitLanguage;
  readonly partner?: string | undefined;
}

/**
 * Makes the kit and its sheets, each once for all who ask while the state of the network and the partners stand: anybody may ask as often as they like.
 * Drawing a sheet takes a while, so that new ones have an allowance of all callers together.
 * @param parts.page where the code leads when a partner says nothing
 */
export function openKitPress(parts: {
  readonly state: () => Promise<NetworkState>;
  readonly partners: () => Promise<readonly KitPartnerView[]>;
  readonly page: string | null;
  readonly clock: Clock;
}): {
  /** @throws UnicaError `http.not-found` (the partner) */
  kit(wanted: Wanted): Promise<Kit>;
  /** @throws UnicaError `http.not-found` (the partner, or a PDF in this language), `http.too-often` */
  sheet(sheet: KitSheet, wanted: Wanted): Promise<Uint8Array>;
} {
  const drawing = openAllowance({ most: 30, everyMs: 500, clock: parts.clock });
  const kits = new WeakMap<NetworkState, Map<string, Kit>>();
  const sheets = new WeakMap<Kit, Map<KitSheet, Uint8Array>>();
  const kitOf = async ({ language, partner: partnerId }: Wanted): Promise<Kit> => {
    const [state, known] = await Promise.all([parts.state(), parts.partners()]);
    const partner = partnerId === undefined ? null : known.find((one) => one.partnerId === partnerId);
    if (partner === undefined) throw new UnicaError('http.not-found', { what: 'partner' });
    const partners = known.map(({ partnerId: id, name }) => ({ partnerId: id, name }));
    const kept = kits.get(state) ?? new Map<string, Kit>();
    kits.set(state, kept);
    const key = JSON.stringify([language, partner, partners]);
    const found = kept.get(key);
    if (found !== undefined) return found;
    const made = makeKit({ language, state, partner, partners, page: parts.page });
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, made);
    return made;
  };
  return {
    kit: kitOf,
    async sheet(sheet, wanted) {
      const kit = await kitOf(wanted);
      if (!kit.pdfs.includes(sheet)) throw new UnicaError('http.not-found', { what: 'PDF in this language' });
      const drawn = sheets.get(kit) ?? new Map<KitSheet, Uint8Array>();
      sheets.set(kit, drawn);
      const found = drawn.get(sheet);
      if (found !== undefined) return found;
      drawing.take();
      const bytes = kitPdf(sheet, kit);
      drawn.set(sheet, bytes);
      return bytes;
    },
  };
}
