import { SeededRandom } from '#base';
import { buildDicom } from '#dicom';
import { burnIn } from './burn-in.ts';
import { developFilm } from './develop.ts';
import { DEVICES, type Device } from './devices.ts';
import { type FilmHeader, filmAttributes, type PlantedIdentifier } from './film-header.ts';
import { NoiseTable } from './noise.ts';
import {
  SYNTHETIC_COUNTRIES,
  type SyntheticCountry,
  type SyntheticPerson,
  syntheticHospital,
  syntheticPerson,
  syntheticStaffName,
} from './people.ts';
import { studyTime } from './study-time.ts';
import { type Opacity, opacityIn, type ThoraxShape, thoraxAttenuation, thoraxShape } from './thorax.ts';
import { syntheticUid } from './uid.ts';

/** The finding of a synthetic film with an opacity. */
export const SYNTHETIC_FINDING = 'Opacity';

/** What to make. */
export interface SyntheticSiteSpec {
  /** Equal seeds and site ids give equal files. */
  readonly seed: string | number;
  readonly siteId: string;
  /** Fashion of names; countries without one borrow another's. */
  readonly country: string;
  readonly persons: number;
  /** Share of people whose films show an opacity; default 0.5. */
  readonly opacityShare?: number;
  /** Share of people with a second film; default 0.2. */
  readonly secondFilmShare?: number;
  /** Rows and columns of a film; default 256. */
  readonly sizePx?: number;
  /** Adds, after the films, one with the patient number burned into the picture (BurnedInAnnotation YES). */
  readonly withBurnedIn?: boolean;
  /** Adds, last, a file that breaks off in the middle. */
  readonly withTruncated?: boolean;
}

/** A row of the clinical table that goes with a film. */
export interface SyntheticClinicalRow {
  readonly patientId: string;
  readonly studyInstanceUid: string;
  readonly findings: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

/** A file as a hospital's archive would hold it. */
export interface SyntheticFile {
  readonly kind: 'film' | 'burned-in' | 'truncated';
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly clinical: SyntheticClinicalRow;
  /** Every identifying text of the file. */
  readonly planted: readonly PlantedIdentifier[];
  /** Where the opacity is; null where there is none. */
  readonly opacity: Opacity | null;
}

/**
 * Chest films of people who do not exist, as DICOM files with everything a hospital's header says, one or two a person,
 * one person after the other. A film of 256 × 256 takes a few milliseconds.
 */
export function* syntheticSite(spec: SyntheticSiteSpec): Generator<SyntheticFile> {
  const site = new SyntheticSite(spec);
  for (let personIndex = 0; personIndex < spec.persons; personIndex += 1) yield* site.filmsOf(personIndex);
  if (spec.withBurnedIn === true) yield site.burnedIn(spec.persons);
  if (spec.withTruncated === true) yield site.truncated(spec.persons + 1);
}

class SyntheticSite {
  readonly #spec: SyntheticSiteSpec;
  readonly #random: SeededRandom;
  readonly #noise: NoiseTable;
  readonly #country: SyntheticCountry;
  readonly #sizePx: number;
  readonly #hospital: { readonly name: string; readonly address: string };
  readonly #devices: readonly Device[];
  readonly #staff: readonly string[];
  #films = 0;

  constructor(spec: SyntheticSiteSpec) {
    this.#spec = spec;
    this.#random = new SeededRandom(`synthetic-site/${spec.seed}/${spec.siteId}`);
    this.#sizePx = spec.sizePx ?? 256;
    this.#noise = new NoiseTable(this.#random.fork('noise'), 2 * this.#sizePx * this.#sizePx);
    const house = this.#random.fork('house');
    this.#country = SYNTHETIC_COUNTRIES.find((known) => known === spec.country) ?? house.pick(SYNTHETIC_COUNTRIES);
    this.#hospital = syntheticHospital(house, this.#country);
    const first = house.below(DEVICES.length);
    // Two machines a hospital, so that sites differ from one another in look and in polarity.
    this.#devices = [0, 2].flatMap((step) => DEVICES[(first + step) % DEVICES.length] ?? []);
    this.#staff = Array.from({ length: 6 }, () => syntheticStaffName(house, this.#country));
  }

  *filmsOf(personIndex: number): Generator<SyntheticFile> {
    const random = this.#random.fork(`person/${personIndex}`);
    const person = syntheticPerson(random, this.#country, personIndex);
    const shape = thoraxShape(random);
    const ill = random.uniform() < (this.#spec.opacityShare ?? 0.5);
    const films = random.uniform() < (this.#spec.secondFilmShare ?? 0.2) ? 2 : 1;
    const firstDay = random.below(1400);
    for (let film = 0; film < films; film += 1) {
      const opacity = ill ? opacityIn(random, shape) : null;
      const day = firstDay + film * (30 + random.below(300));
      yield this.#film({ random: random.fork(`film/${film}`), person, shape, opacity, day, kind: 'film' });
    }
  }

  burnedIn(personIndex: number): SyntheticFile {
    return this.#single(personIndex, 'burned-in');
  }

  truncated(personIndex: number): SyntheticFile {
    const whole = this.#single(personIndex, 'truncated');
    return { ...whole, bytes: whole.bytes.slice(0, Math.floor(whole.bytes.length * 0.6)) };
  }

  #single(personIndex: number, kind: 'burned-in' | 'truncated'): SyntheticFile {
    const random = this.#random.fork(`person/${personIndex}`);
    const person = syntheticPerson(random, this.#country, personIndex);
    const shape = thoraxShape(random);
    return this.#film({ random, person, shape, opacity: null, day: random.below(1400), kind });
  }

  #film(exam: {
    readonly random: SeededRandom;
    readonly person: SyntheticPerson;
    readonly shape: ThoraxShape;
    readonly opacity: Opacity | null;
    readonly day: number;
    readonly kind: SyntheticFile['kind'];
  }): SyntheticFile {
    const { random, person, opacity, kind } = exam;
    const sizePx = this.#sizePx;
    const device = random.pick(this.#devices);
    const view = random.uniform() < 0.75 ? 'PA' : 'AP';
    const attenuation = thoraxAttenuation(random, sizePx, exam.shape, { view, opacity });
    const values = developFilm(random, attenuation, sizePx, device, this.#noise);
    if (kind === 'burned-in') burnIn(values, sizePx, person.patientId, device.photometric === 'MONOCHROME1' ? 0 : 4095);
    this.#films += 1;
    const header: FilmHeader = {
      person,
      device,
      view,
      sizePx,
      hospital: this.#hospital,
      date: studyDate(exam.day),
      time: studyTime(random),
      ageYears: ageOn(person.birthDate, studyDate(exam.day)),
      accessionNumber: `RX${2_000_000 + random.below(7_000_000)}`,
      stationName: `${this.#spec.siteId.toUpperCase().slice(0, 8)}RX${1 + this.#devices.indexOf(device)}`,
      serialNumber: `SN${300_000 + this.#devices.indexOf(device)}${this.#spec.siteId.length}71`,
      referringPhysician: random.pick(this.#staff.slice(0, 3)),
      performingPhysician: random.pick(this.#staff.slice(3, 5)),
      operator: this.#staff[5] ?? '',
      privateIdentifier: `KIS-${10_000_000 + random.below(80_000_000)}`,
      studyInstanceUid: syntheticUid(random),
      seriesInstanceUid: syntheticUid(random),
      sopInstanceUid: syntheticUid(random),
      frameOfReferenceUid: syntheticUid(random),
      burnedIn: kind === 'burned-in',
    };
    const { attributes, planted } = filmAttributes(header);
    return {
      kind,
      fileName: `IM${String(this.#films).padStart(6, '0')}.dcm`,
      bytes: buildDicom(attributes, {
        rows: sizePx,
        columns: sizePx,
        values,
        bitsStored: device.bitsStored,
        photometricInterpretation: device.photometric,
      }),
      clinical: {
        patientId: person.patientId,
        studyInstanceUid: header.studyInstanceUid,
        findings: opacity ? [SYNTHETIC_FINDING] : [],
        values: { sex: person.sex, age: String(header.ageYears), view },
      },
      planted,
      opacity,
    };
  }
}

/** Days are counted from 2020-01-01. */
function studyDate(day: number): string {
  return new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', '');
}

function ageOn(birthDate: string, date: string): number {
  return Math.floor((Number(date) - Number(birthDate)) / 10_000);
}
