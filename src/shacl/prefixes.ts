/** Prefixes of the vocabularies that catalogues of health data are written in. */
export const PREFIXES: Readonly<Record<string, string>> = {
  adms: 'http://www.w3.org/ns/adms#',
  csvw: 'http://www.w3.org/ns/csvw#',
  cv: 'http://data.europa.eu/m8g/',
  dcat: 'http://www.w3.org/ns/dcat#',
  dcatap: 'http://data.europa.eu/r5r/',
  dct: 'http://purl.org/dc/terms/',
  dpv: 'https://w3id.org/dpv#',
  dqv: 'http://www.w3.org/ns/dqv#',
  eucaim: 'https://cancerimage.eu/ontology/EUCAIM#',
  fdpo: 'https://w3id.org/fdp/fdp-o#',
  foaf: 'http://xmlns.com/foaf/0.1/',
  geodcatap: 'http://data.europa.eu/930/',
  healthdcatap: 'http://healthdataportal.eu/ns/health#',
  ldp: 'http://www.w3.org/ns/ldp#',
  oa: 'http://www.w3.org/ns/oa#',
  odrl: 'http://www.w3.org/ns/odrl/2/',
  prov: 'http://www.w3.org/ns/prov#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  spdx: 'http://spdx.org/rdf/terms#',
  vcard: 'http://www.w3.org/2006/vcard/ns#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

/** An IRI as people write it, `dct:title`; the IRI itself where no prefix is known. */
export function prefixed(iri: string): string {
  const known = Object.entries(PREFIXES).find(([, address]) => iri.startsWith(address) && iri.length > address.length);
  return known === undefined ? iri : `${known[0]}:${iri.slice(known[1].length)}`;
}
