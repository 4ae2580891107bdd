import { silentLog, UnicaError } from '#base';
import type { DatasetBasis } from '#consent';
import { pseudonymOf } from '#deid';
import { basisReferences, type DossierItem } from '#dossier';
import type { ConsentPurpose, Dossier, dossierDocumentSchema, PatientRecord, Role } from '#wire';
import type { NodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { DossierDesk } from './dossier-desk.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { Complaints } from './patient-accounts.ts';
import { PatientDesk } from './patient-desk.ts';
import { SimilarShown } from './similar-shown.ts';

const OFFICER: Role = 'protection-officer';

/**
 * What a patient decided, entered by the data protection officer in a home, beside its running service or without it; the
 * service follows before it counts or trains again. @returns her page @throws UnicaError `patients.not-allowed`
 */
export async function decideForPatient(
  config: NodeConfig,
  wish: {
    readonly patientId: string;
    readonly token: string;
    /** Undefined: only look. */
    readonly decision: 'opt-out' | 'withdraw-opt-out' | 'withdraw' | undefined;
  },
): Promise<PatientRecord> {
  return await asOfficer(config, wish.token, async (node, actor) => {
    const person = pseudonymOf(node.site, wish.patientId);
    const complaints = new Complaints(node.database.kysely, node.clock, node.newId);
    const similarShown = new SimilarShown(node.database.kysely, node.clock);
    const desk = new PatientDesk({ ...node, complaints, similarShown });
    if (wish.decision === 'withdraw') {
      await desk.consent(person, { purposes: [], textVersion: 0, language: 'en', channel: 'desk' }, actor);
    } else if (wish.decision === undefined) {
      await node.journal.append({ actor, action: 'patient.looked-up', subject: person, facts: {} });
    } else {
      await desk.optOut(person, wish.decision, actor);
    }
    return await desk.record(person);
  });
}

/** Sets why the dataset may be used. @throws UnicaError `patients.not-allowed` */
export async function setBasis(
  config: NodeConfig,
  wish: { readonly token: string; readonly purpose: ConsentPurpose | undefined },
): Promise<DatasetBasis> {
  return await asOfficer(config, wish.token, async (node, actor) => {
    const { purpose } = wish;
    const references = basisReferences(node.card.country);
    const firstFor = (kind: DatasetBasis['kind']) => references.find((one) => one.for.includes(kind))?.id ?? '';
    const basis: DatasetBasis =
      purpose === undefined
        ? { kind: 'law', reference: firstFor('law') }
        : { kind: 'consent', purpose, reference: firstFor('consent') };
    await node.bases.set(WHOLE_ARCHIVE, basis, actor);
    return basis;
  });
}

/** The legal dossier of a home. @throws UnicaError `node.not-initialised` */
export async function nodeDossier(config: NodeConfig): Promise<Dossier> {
  return await withDossier(config, async (desk) => await desk.view());
}

/** Enters a document into the dossier of a home. @throws UnicaError `dossier.document-unusable` */
export async function enterInDossier(
  config: NodeConfig,
  item: DossierItem,
  document: ReturnType<typeof dossierDocumentSchema.parse>,
): Promise<Dossier> {
  return await withDossier(config, async (desk) => {
    await desk.enterAs(item, document, 'command-line');
    return await desk.view();
  });
}

async function withDossier<Result>(config: NodeConfig, work: (desk: DossierDesk) => Promise<Result>): Promise<Result> {
  const node = await openNode(config, silentLog);
  try {
    return await work(new DossierDesk({ ...node, db: node.database.kysely, isExample: config.dossier === 'example' }));
  } finally {
    await node.close();
  }
}

async function asOfficer<Result>(
  config: NodeConfig,
  token: string,
  work: (node: OpenNode, actor: string) => Promise<Result>,
): Promise<Result> {
  const node = await openNode(config, silentLog);
  try {
    const person = await node.people.token(token);
    if (person === undefined || !person.roles.includes(OFFICER)) {
      throw new UnicaError('patients.not-allowed', { role: OFFICER });
    }
    return await work(node, person.personId);
  } finally {
    await node.close();
  }
}
