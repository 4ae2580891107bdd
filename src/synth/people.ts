import type { SeededRandom } from '#base';

/** Countries of the network whose fashion of names the synthesiser knows. */
export const SYNTHETIC_COUNTRIES = ['PT', 'GR', 'DE', 'PL', 'LT', 'SI', 'UA'] as const;

/** ISO 3166-1 alpha-2 of a country with synthetic people. */
export type SyntheticCountry = (typeof SYNTHETIC_COUNTRIES)[number];

/** A person who does not exist. */
export interface SyntheticPerson {
  /** As a hospital's numbering would have it. */
  readonly patientId: string;
  /** A national or insurance number, kept in OtherPatientIDs. */
  readonly otherId: string;
  /** DICOM person name, family^given. */
  readonly name: string;
  readonly sex: 'M' | 'F';
  /** DICOM date. */
  readonly birthDate: string;
  readonly birthYear: number;
  readonly address: string;
  readonly phone: string;
}

interface Fashion {
  readonly female: readonly string[];
  readonly male: readonly string[];
  /** Family names; a pair where women and men bear different forms. */
  readonly family: readonly (string | readonly [string, string])[];
  readonly streets: readonly string[];
  readonly towns: readonly string[];
  readonly dialling: string;
  readonly hospitals: readonly string[];
}

const FASHIONS: Readonly<Record<SyntheticCountry, Fashion>> = {
  PT: {
    female: ['Mariana', 'Beatriz', 'Leonor', 'Constança', 'Filipa', 'Graça', 'Inês', 'Teresa'],
    male: ['Tiago', 'Gonçalo', 'Afonso', 'Duarte', 'Henrique', 'Joaquim', 'Rodrigo', 'Vasco'],
    family: ['Figueiredo', 'Vasconcelos', 'Magalhães', 'Carvalhosa', 'Albuquerque', 'Meireles', 'Quintela', 'Sampaio'],
    streets: ['Rua das Amendoeiras', 'Avenida do Moinho Velho', 'Travessa da Cordoaria', 'Largo do Pelourinho Novo'],
    towns: ['Vila Serena', 'Porto Claro', 'Alcobreu', 'Montezelo'],
    dialling: '+351 2',
    hospitals: ['Hospital Distrital de Vila Serena', 'Centro Hospitalar de Porto Claro'],
  },
  GR: {
    female: ['Eleftheria', 'Despoina', 'Kalliopi', 'Stavroula', 'Vasiliki', 'Anthoula', 'Chrysoula', 'Paraskevi'],
    male: ['Athanasios', 'Charalampos', 'Efstathios', 'Leonidas', 'Panagiotis', 'Spyridon', 'Theofilos', 'Zisis'],
    family: [
      ['Papadimitrakou', 'Papadimitrakos'],
      ['Karagianopoulou', 'Karagianopoulos'],
      ['Theodoridou', 'Theodoridis'],
      ['Mavromatidou', 'Mavromatidis'],
      ['Stathakopoulou', 'Stathakopoulos'],
      ['Vlachogianni', 'Vlachogiannis'],
    ],
    streets: ['Odos Anemonis', 'Odos Platanou', 'Leoforos Thalassas', 'Odos Kyparissi'],
    towns: ['Nea Galini', 'Kato Platanos', 'Lefkopoli', 'Agia Avra'],
    dialling: '+30 2',
    hospitals: ['Geniko Nosokomeio Neas Galinis', 'Nosokomeio Lefkopolis'],
  },
  DE: {
    female: ['Annegret', 'Friederike', 'Hannelore', 'Liselotte', 'Mechthild', 'Rosemarie', 'Sieglinde', 'Waltraud'],
    male: ['Burkhard', 'Detlef', 'Eckhard', 'Friedhelm', 'Gottfried', 'Hartmut', 'Reinhold', 'Volkmar'],
    family: ['Achterberg', 'Brückenmann', 'Dornseifer', 'Kesselflick', 'Lindhorst', 'Morgenthaler', 'Wüstenfeld'],
    streets: ['Am Kirschgarten', 'Lindenbrunnenweg', 'Alte Mühlenstraße', 'Fasanenstieg'],
    towns: ['Neuwaldau', 'Steinfurthal', 'Bad Hellbronn', 'Oberwiesenheim'],
    dialling: '+49 5',
    hospitals: ['Kreiskrankenhaus Neuwaldau', 'Klinikum Steinfurthal'],
  },
  PL: {
    female: ['Agnieszka', 'Bożena', 'Genowefa', 'Katarzyna', 'Małgorzata', 'Stanisława', 'Wiesława', 'Zdzisława'],
    male: ['Bogusław', 'Czesław', 'Grzegorz', 'Krzysztof', 'Mieczysław', 'Radosław', 'Wojciech', 'Zbigniew'],
    family: [
      ['Zawadowska', 'Zawadowski'],
      ['Wiśnioch', 'Wiśnioch'],
      ['Krasnodębska', 'Krasnodębski'],
      ['Gołębiewicz', 'Gołębiewicz'],
      ['Szymborowska', 'Szymborowski'],
      ['Przybylczak', 'Przybylczak'],
    ],
    streets: ['ulica Jarzębinowa', 'ulica Młynarska Nowa', 'aleja Kasztelańska', 'ulica Wrzosowa'],
    towns: ['Jasnobrzeg', 'Nowe Łąki', 'Dąbrowiec', 'Stary Zdrój'],
    dialling: '+48 6',
    hospitals: ['Szpital Powiatowy w Jasnobrzegu', 'Wojewódzki Szpital w Dąbrowcu'],
  },
  LT: {
    female: ['Aldona', 'Birutė', 'Danguolė', 'Jadvyga', 'Nijolė', 'Rasuolė', 'Stasė', 'Živilė'],
    male: ['Algirdas', 'Bronislovas', 'Gediminas', 'Kęstutis', 'Mindaugas', 'Rimantas', 'Vytautas', 'Žygimantas'],
    family: [
      ['Baltrušaitytė', 'Baltrušaitis'],
      ['Gudonavičienė', 'Gudonavičius'],
      ['Kazlauskytė', 'Kazlauskas'],
      ['Mockevičienė', 'Mockevičius'],
      ['Žemaitaitytė', 'Žemaitaitis'],
    ],
    streets: ['Ąžuolyno gatvė', 'Liepkalnių gatvė', 'Senojo malūno gatvė', 'Gervių gatvė'],
    towns: ['Naujalaukis', 'Žaliakrantė', 'Šaltupis', 'Girionys'],
    dialling: '+370 4',
    hospitals: ['Naujalaukio ligoninė', 'Žaliakrantės klinika'],
  },
  SI: {
    female: ['Alenka', 'Cvetka', 'Ljudmila', 'Marjetka', 'Slavica', 'Štefka', 'Vesna', 'Zdenka'],
    male: ['Bogomir', 'Črtomir', 'Dragotin', 'Ljubomir', 'Radovan', 'Stanislav', 'Vekoslav', 'Zvonimir'],
    family: ['Hribernikar', 'Kostanjevšek', 'Podgoršček', 'Trstenjakar', 'Vodopivčar', 'Zelenjakovič'],
    streets: ['Brezova pot', 'Stara mlinska ulica', 'Cesta na klanec', 'Pod gozdom'],
    towns: ['Zgornja Lipa', 'Bistriški Dol', 'Novigradec', 'Jezernica'],
    dialling: '+386 1',
    hospitals: ['Splošna bolnišnica Novigradec', 'Bolnišnica Jezernica'],
  },
  UA: {
    female: ['Bohdana', 'Halyna', 'Kateryna', 'Liudmyla', 'Nadiia', 'Oleksandra', 'Solomiia', 'Yaroslava'],
    male: ['Andrii', 'Bohdan', 'Hryhorii', 'Mykhailo', 'Ostap', 'Taras', 'Volodymyr', 'Zakhar'],
    family: [
      ['Kovalivska', 'Kovalivskyi'],
      'Lysohorenko',
      'Marchukivets',
      'Pidhainenko',
      ['Stepovytska', 'Stepovytskyi'],
      'Zahrebeliuk',
    ],
    streets: ['vulytsia Kalynova', 'vulytsia Mlynarska', 'prospekt Soniachnyi', 'provulok Vyshnevyi'],
    towns: ['Novozirka', 'Verbivka Nova', 'Yasnohrad', 'Lisopil'],
    dialling: '+380 5',
    hospitals: ['Novozirka Miska Likarnia', 'Yasnohrad Oblasna Likarnia'],
  },
};

/** The n-th person of a site; `personIndex` makes the numbers unique, all else is drawn but for what is known of them. */
export function syntheticPerson(
  random: SeededRandom,
  country: SyntheticCountry,
  personIndex: number,
  known?: { readonly sex: 'F' | 'M'; readonly birthDate: string },
): SyntheticPerson {
  const fashion = FASHIONS[country];
  const sex = known?.sex ?? (random.uniform() < 0.5 ? 'F' : 'M');
  const birthDate = known?.birthDate ?? drawnBirthDate(random);
  return {
    patientId: `${country}H${100_000 + personIndex * 37 + random.below(37)}`,
    otherId: `${birthDate.slice(2)}-${10_000 + random.below(90_000)}-${random.below(10)}`,
    name: `${familyName(random, fashion, sex)}^${random.pick(sex === 'F' ? fashion.female : fashion.male)}`,
    sex,
    birthDate,
    birthYear: Number(birthDate.slice(0, 4)),
    address: `${random.pick(fashion.streets)} ${1 + random.below(180)}, ${random.pick(fashion.towns)}`,
    phone: `${fashion.dialling}${1_000_000 + random.below(9_000_000)}`,
  };
}

function drawnBirthDate(random: SeededRandom): string {
  return `${1936 + random.below(50)}${twoDigits(1 + random.below(12))}${twoDigits(1 + random.below(28))}`;
}

/** A doctor's or radiographer's name in the same fashion. */
export function syntheticStaffName(random: SeededRandom, country: SyntheticCountry): string {
  const fashion = FASHIONS[country];
  const sex = random.uniform() < 0.5 ? 'F' : 'M';
  return `${familyName(random, fashion, sex)}^${random.pick(sex === 'F' ? fashion.female : fashion.male)}`;
}

/** Name and address of a hospital that does not exist. */
export function syntheticHospital(
  random: SeededRandom,
  country: SyntheticCountry,
): { readonly name: string; readonly address: string } {
  const fashion = FASHIONS[country];
  return {
    name: random.pick(fashion.hospitals),
    address: `${random.pick(fashion.streets)} ${1 + random.below(40)}, ${random.pick(fashion.towns)}`,
  };
}

function familyName(random: SeededRandom, fashion: Fashion, sex: 'M' | 'F'): string {
  const name = random.pick(fashion.family);
  return typeof name === 'string' ? name : name[sex === 'F' ? 0 : 1];
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
