import { isoInstant } from '#base';
import type { DatasetRecord } from '#wire';
import type { DataPoint } from './fair-data-point.ts';
import { guardedWords } from './guarded-words.ts';
import { type RecordAddresses, recordAddresses } from './record-addresses.ts';
import { schemaOrg } from './schema-org.ts';

/** A dataset's landing page with its record for machines inside. */
export function datasetPage(record: DatasetRecord, at: RecordAddresses): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Site', `${record.siteId}, ${record.country}`],
    ['Version', `${record.version}, ${isoInstant(record.publishedAtMs).slice(0, 10)}`],
    ['People', guardedWords(record.persons)],
    ['Studies', guardedWords(record.studies)],
    ['Images', guardedWords(record.images)],
    ['Modalities', record.modalities.join(', ')],
    ['Body parts', record.bodyParts.join(', ')],
    ['Makers of equipment', record.manufacturers.join(', ')],
    ['Ages', record.ageYears === null ? '' : `${record.ageYears.from} to ${record.ageYears.to}`],
    ['Acquired', record.acquiredYears ? `${record.acquiredYears.from} to ${record.acquiredYears.to}` : ''],
    ['Quality', `${record.quality.score} of 100`],
    ['Publisher', record.card?.publisherName ?? ''],
  ];
  const data = JSON.stringify(schemaOrg(record, at)).replaceAll('<', '\\u003c');
  return page(
    record.title,
    `<link rel="cite-as" href="${html(at.dataset)}">
<link rel="describedby" type="text/turtle" href="${html(at.dataset)}?format=ttl">
<link rel="describedby" type="application/ld+json" href="${html(at.dataset)}?format=jsonld">
<script type="application/ld+json">${data}</script>`,
    `<p>${html(record.description)}</p>
${record.synthetic ? '<p><strong>Synthetic images of invented people.</strong></p>' : ''}
<table>${rows
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `<tr><th scope="row">${html(name)}</th><td>${html(value)}</td></tr>`)
      .join('')}</table>
<p>The images stay at the site. <a href="${html(at.access)}">Ask for access</a></p>
<p>Record: <a href="${html(at.dataset)}?format=ttl">Turtle</a>, <a href="${html(at.dataset)}?format=jsonld">JSON-LD</a>.
Tables: <a href="${html(at.analytics)}">statistics</a>, <a href="${html(at.sample)}">variables</a>.
<a href="${html(at.catalogue)}">All datasets</a></p>`,
  );
}

/** The catalogue, or the FAIR Data Point, as a page with links. */
export function cataloguePage(point: DataPoint, records: readonly DatasetRecord[]): string {
  const items = records.map((record) => {
    const at = recordAddresses(point.hubUrl, record.siteId, record.name);
    return `<li><a href="${html(at.page)}">${html(record.title)}</a> (${html(record.siteId)})</li>`;
  });
  const self = `${point.hubUrl}/fdp`;
  return page(
    point.name,
    '',
    `<p>Datasets of imaging that the sites of the network have published.</p>
<ul>${items.join('')}</ul>
<p>For machines: <a href="${html(self)}?format=ttl">FAIR Data Point</a>,
<a href="${html(`${self}/catalog/datasets`)}?format=ttl">catalogue</a>.</p>`,
  );
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)}</title>
${head}
</head>
<body>
<main>
<h1>${html(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

function html(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] ?? '',
  );
}
