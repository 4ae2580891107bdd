import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

/** What a stand-in answers at an address: a text with its type, or whatever a stranger may think of. */
export type Answer =
  | { readonly type: string; readonly text: string; readonly etag?: string; readonly lastModified?: string }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** A server on this machine that answers like somebody's data point. */
export interface StandIn {
  /** Without a slash at its end. */
  readonly url: string;
  /** By path; changed as the test goes on. */
  readonly answers: Map<string, Answer>;
  /** Paths as they were asked for, with what was answered. */
  readonly asked: { readonly path: string; readonly status: number; readonly accept: string }[];
}

/** Opens a stand-in for one test. */
export async function openStandIn(context: TestContext): Promise<StandIn> {
  const answers = new Map<string, Answer>();
  const asked: { path: string; status: number; accept: string }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = answers.get(path);
    response.once('close', () => {
      asked.push({ path, status: response.statusCode, accept: request.headers.accept ?? '' });
    });
    if (answer === undefined) {
      response.writeHead(404).end();
    } else if (typeof answer === 'function') {
      answer(request, response);
    } else {
      const { type, text, etag, lastModified } = answer;
      const isHeld =
        (etag !== undefined && request.headers['if-none-match'] === etag) ||
        (lastModified !== undefined && request.headers['if-modified-since'] === lastModified);
      response.writeHead(isHeld ? 304 : 200, {
        'content-type': type,
        ...(etag === undefined ? {} : { etag }),
        ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
      });
      response.end(isHeld ? undefined : text);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    answers,
    asked,
  };
}

const PREFIXES = `@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix fdpo: <https://w3id.org/fdp/fdp-o#> .
@prefix ldp: <http://www.w3.org/ns/ldp#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
`;

/** Turtle with the prefixes that data points use. */
export function turtle(
  body: string,
  validators: { readonly etag?: string; readonly lastModified?: string } = {},
): Answer {
  return { type: 'text/turtle; charset=utf-8', text: `${PREFIXES}${body}`, ...validators };
}

/**
 * A data point as the reference implementation serves one: a root with a container of catalogues, a catalogue with a container of
 * datasets, datasets with distributions at addresses of their own. The form is that of its published examples (a catalogue of text
 * mining with a dataset of associations of genes and diseases, as a file and by SPARQL); the words are ours.
 */
export function fillAsReference({ url, answers }: StandIn): void {
  const fdp = `${url}/`;
  answers.set(
    '/',
    turtle(
      `<${fdp}> a fdpo:FAIRDataPoint, fdpo:MetadataService, dcat:DataService ; dct:title "Ein Beispiel"@de, "An example data point"@en ;
         dct:publisher [ a foaf:Agent ; foaf:name "Example institute" ] .
       <${url}/catalog/> a ldp:DirectContainer ; dct:title "Catalogs" ; ldp:membershipResource <${fdp}> ;
         ldp:hasMemberRelation fdpo:metadataCatalog ; ldp:contains <${url}/catalog/textmining> .`,
      { etag: '"root-1"' },
    ),
  );
  answers.set(
    '/catalog/textmining',
    turtle(
      `<> a dcat:Catalog ; dct:title "Text mining"@en ; rdfs:label "Text mining"@en ; dct:isPartOf <${fdp}> ;
         dct:issued "2016-02-03T13:07:12+00:00"^^xsd:dateTime ; dcat:themeTaxonomy <http://edamontology.org/topic_0218> .
       <${url}/dataset/> a ldp:DirectContainer ; dct:title "Datasets" ; ldp:membershipResource <> ;
         ldp:hasMemberRelation dcat:dataset ; ldp:contains <${url}/dataset/associations>, <${url}/dataset/variants> .`,
      { etag: '"catalogue-1"', lastModified: 'Wed, 24 Feb 2016 13:07:12 GMT' },
    ),
  );
  answers.set(
    '/dataset/associations',
    turtle(
      `<${url}/dataset/associations> a dcat:Dataset ; dct:title "Genes and diseases"@en ; dct:isPartOf <${url}/catalog/textmining> ;
         dct:description "Associations found in abstracts."@en ; dcat:keyword "genes", "text mining" ;
         dct:publisher <${url}/agents/1> ; dcat:landingPage <https://associations.example/> ;
         dct:license <https://creativecommons.org/licenses/by/4.0/> ;
         dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
         dcat:distribution <${url}/distribution/file>, <${url}/distribution/sparql> .
       <${url}/agents/1> a foaf:Agent ; foaf:name "A university hospital" .`,
      { lastModified: 'Wed, 24 Feb 2016 13:25:12 GMT' },
    ),
  );
  answers.set(
    '/distribution/file',
    turtle(`<> a dcat:Distribution ; dct:title "File"@en ; dcat:downloadURL <https://associations.example/all.zip> .`, {
      etag: '"file-1"',
    }),
  );
  answers.set(
    '/distribution/sparql',
    turtle(`<> a dcat:Distribution ; dct:title "SPARQL"@en ; dcat:accessURL <https://associations.example/sparql> .`, {
      etag: '"sparql-1"',
    }),
  );
  answers.set('/dataset/variants', {
    type: 'application/ld+json',
    etag: '"variants-1"',
    text: JSON.stringify({
      '@context': { dcat: 'http://www.w3.org/ns/dcat#', dct: 'http://purl.org/dc/terms/' },
      '@id': `${url}/dataset/variants`,
      '@type': 'dcat:Dataset',
      'dct:title': { '@value': 'Variants', '@language': 'en' },
      'dct:publisher': { '@id': 'https://orcid.example/0000' },
    }),
  });
}
