import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, silentLog, UnicaError } from '#base';
import type { FhirResource } from '#fhir';
import type { NodeConfig } from './config.ts';
import { CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import { datasetStudies } from './dataset-studies.ts';
import { openNode } from './open-node.ts';
import { writeWhole } from './write-whole.ts';

/** Forms in which a dataset is written down. */
export type ExportFormat = 'fhir' | 'mado';

/** What was written. */
export interface ExportReport {
  readonly dataset: string;
  readonly format: ExportFormat;
  readonly studies: number;
  readonly persons: number;
  readonly files: number;
  /** Documents that our own validator finds fault with; none is expected. */
  readonly invalid: readonly { readonly file: string; readonly path: string; readonly message: string }[];
}

/** What to write where. */
export interface ExportWish {
  readonly name: string;
  readonly format: ExportFormat;
  readonly out: string;
  /** Where the images can be had, for manifests. */
  readonly retrieveUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStudy?: ((done: number) => void) | undefined;
}

/**
 * Writes a dataset of a home into a folder, a document for each examination, checked as it is written: HL7 Europe imaging
 * reports (`fhir`), or IHE MADO manifests as FHIR and as key object selections (`mado`). People who opted out are not in
 * it. Entered in the journal.
 * @throws UnicaError `node.not-initialised`, `http.not-found`, `node.dataset-empty`, `fhir.export-incomplete`.
 */
export async function exportDataset(config: NodeConfig, wish: ExportWish): Promise<ExportReport> {
  if (wish.name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${wish.name}` });
  const node = await openNode(config, silentLog);
  // Its tables take more memory than all else of a node that receives; few nodes export.
  const { bundleOfManifest, kosFromBundle, manifestOfStudy, reportBundle, validateFhir } = await import('#fhir');
  try {
    const cohort = await new CurrentData(node.archive, node.standing, node.warehouse).cohort();
    if (cohort.members.length === 0) throw new UnicaError('node.dataset-empty');
    const site = {
      siteId: node.card.siteId,
      name: node.card.displayName,
      writtenAt: new Date(node.clock()).toISOString(),
      retrieveUrl: wish.retrieveUrl,
    };
    await mkdir(wish.out, { recursive: true });
    const invalid: { file: string; path: string; message: string }[] = [];
    const persons = new Set<string>();
    let studies = 0;
    let files = 0;
    let images = 0;
    for await (const study of datasetStudies(node.database.kysely, cohort.members)) {
      wish.signal?.throwIfAborted();
      const bundle =
        wish.format === 'fhir' ? reportBundle(study, site) : bundleOfManifest(manifestOfStudy(study, site));
      const file = `${study.studyInstanceUid}.json`;
      for (const { path, message } of validateFhir(bundle).errors) invalid.push({ file, path, message });
      await writeWhole(join(wish.out, file), `${JSON.stringify(bundle as Json, undefined, 2)}\n`);
      files += 1;
      if (wish.format === 'mado') {
        await writeWhole(join(wish.out, `${study.studyInstanceUid}.dcm`), kosFromBundle(written(bundle)));
        files += 1;
      }
      images += study.series.reduce((sum, { instances }) => sum + instances.length, 0);
      persons.add(study.person);
      studies += 1;
      wish.onStudy?.(studies);
    }
    const missing = cohort.members.length - images;
    if (missing > 0) throw new UnicaError('fhir.export-incomplete', { missing, out: wish.out });
    const facts = { format: wish.format, studies, persons: persons.size, dataVersion: cohort.dataVersion };
    await node.uses.record(cohort, {
      kind: 'export',
      subject: wish.name,
      projectId: wish.name,
      title: wish.format,
      purpose: 'export by the hospital',
      controller: site.siteId,
    });
    await node.journal.append({ actor: 'command-line', action: 'dataset.exported', subject: wish.name, facts });
    return { dataset: wish.name, format: wish.format, studies, persons: persons.size, files, invalid };
  } finally {
    await node.close();
  }
}

/** As it stands in its file: without properties that JSON leaves out. */
function written(bundle: FhirResource): FhirResource {
  return JSON.parse(JSON.stringify(bundle)) as FhirResource;
}

/** Whole or not at all. */
